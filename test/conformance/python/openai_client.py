"""OpenAI's own client for Python, unmodified, against a gateway whose address is the first argument."""
import io
import json
import sys
import time

import openai
from pydantic import BaseModel

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="any", max_retries=0)
messages = [{"role": "user", "content": "Why is the sky blue?"}]
parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


class Weather(BaseModel):
    city: str
    warm: bool


def chat():
    reply = client.chat.completions.create(model="auto", messages=messages)
    assert "You asked about 5 words" in reply.choices[0].message.content
    assert reply.usage.prompt_tokens == 5


def stream():
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(model="auto", messages=messages, stream=True, stream_options=options))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "You asked about 5 words" in text
    assert chunks[-1].usage.prompt_tokens == 5


def tools():
    offered = [{"type": "function", "function": {"name": "get_weather", "parameters": parameters}}]
    asked = client.chat.completions.create(model="auto", messages=messages, tools=offered).choices[0].message
    call = asked.tool_calls[0]
    assert json.loads(call.function.arguments) == {"city": "simulated"}
    result = {"role": "tool", "tool_call_id": call.id, "content": "20 degrees"}
    reply = client.chat.completions.create(model="auto", messages=[*messages, asked, result], tools=offered, tool_choice="none")
    assert reply.choices[0].message.content


def structured():
    reply = client.chat.completions.parse(model="auto", messages=messages, response_format=Weather)
    assert reply.choices[0].message.parsed == Weather(city="simulated", warm=True)


def responses():
    first = client.responses.create(model="auto", input="Why is the sky blue?")
    assert "You asked about 5 words" in first.output_text
    assert first.usage.input_tokens == 5
    with client.responses.stream(model="auto", input="And at night?", previous_response_id=first.id) as events:
        kinds = [event.type for event in events]
        last = events.get_final_response()
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed"
    assert client.responses.retrieve(last.id).output_text == last.output_text
    parsed = client.responses.parse(model="auto", input="x", text_format=Weather).output_parsed
    assert parsed == Weather(city="simulated", warm=True)
    client.responses.delete(first.id)


def completions():
    reply = client.completions.create(model="auto", prompt=["One", "One two"], max_tokens=50)
    assert [choice.index for choice in reply.choices] == [0, 1]


def batches():
    def line(name, content):
        body = {"model": "auto", "messages": [{"role": "user", "content": content}]}
        return json.dumps({"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body})

    data = io.BytesIO("\n".join(line(f"q{n}", f"Question {n}") for n in range(5)).encode())
    file = client.files.create(file=("questions.jsonl", data), purpose="batch")
    batch = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    while batch.status not in ("completed", "failed"):
        time.sleep(0.05)
        batch = client.batches.retrieve(batch.id)
    assert batch.request_counts.completed == 5, batch
    lines = client.files.content(batch.output_file_id).text.strip().split("\n")
    assert [json.loads(one)["custom_id"] for one in lines] == [f"q{n}" for n in range(5)]


def errors():
    for wrong, kind in (({"model": "nobody"}, openai.NotFoundError), ({"temperature": 9}, openai.BadRequestError)):
        try:
            client.chat.completions.create(**{"model": "auto", "messages": messages, **wrong})
        except kind as error:
            assert error.code in ("unknown_model", "invalid_request")
        else:
            raise AssertionError(f"no error for {wrong}")


def busy():
    """A server that is busy twice, then always, then never done."""
    patient = client.with_options(max_retries=2)
    assert patient.chat.completions.create(model="auto", messages=messages).choices
    try:
        patient.chat.completions.create(model="auto", messages=messages)
    except openai.RateLimitError:
        pass
    else:
        raise AssertionError("no error")
    with patient.chat.completions.create(model="auto", messages=messages, stream=True) as chunks:
        next(iter(chunks))


steps = (chat, stream, tools, structured, responses, completions, batches, errors)
for step in (busy,) if "busy" in sys.argv else steps:
    step()
    print(step.__name__, flush=True)
