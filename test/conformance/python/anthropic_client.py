"""Asks the gateway with the Python client of Anthropic, step by step; a step that fails ends it."""
import sys

import anthropic
from pydantic import BaseModel

client = anthropic.Anthropic(base_url=sys.argv[1], api_key="any", max_retries=0)
QUESTION = [{"role": "user", "content": "Why is the sky blue?"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"name": "get_weather", "description": "The weather.", "input_schema": SCHEMA}
ASKED = {"model": "auto", "max_tokens": 200, "messages": QUESTION}


class Weather(BaseModel):
    city: str
    warm: bool


def message():
    answer = client.messages.create(**ASKED)
    assert "You asked about 5 words" in answer.content[0].text, answer
    assert answer.stop_reason == "end_turn" and answer.usage.input_tokens == 5, answer


def stream():
    with client.messages.stream(**ASKED) as events:
        text = "".join(events.text_stream)
        whole = events.get_final_message()
    assert whole.content[0].text == text and whole.usage.output_tokens > 0, whole


def tools():
    asked = client.messages.create(**ASKED, tools=[TOOL])
    call = next(block for block in asked.content if block.type == "tool_use")
    assert asked.stop_reason == "tool_use" and "city" in call.input, asked
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "warm"}
    turns = [*QUESTION, {"role": "assistant", "content": asked.content}, {"role": "user", "content": [result]}]
    answer = client.messages.create(**{**ASKED, "messages": turns}, tools=[TOOL])
    assert answer.content[0].type == "text", answer
    with client.messages.stream(**ASKED, tools=[TOOL]) as events:
        streamed = events.get_final_message()
    assert any(block.type == "tool_use" and "city" in block.input for block in streamed.content), streamed


def structured():
    answer = client.messages.parse(**ASKED, output_format=Weather)
    assert isinstance(answer.parsed_output, Weather), answer


def count():
    assert client.messages.count_tokens(model="auto", messages=QUESTION).input_tokens > 0


def errors():
    for wrong, kind in (({"model": "nobody"}, anthropic.NotFoundError), ({"max_tokens": 0}, anthropic.BadRequestError)):
        try:
            client.messages.create(**{**ASKED, **wrong})
        except kind:
            continue
        raise AssertionError(f"no error for {wrong}")


def busy():
    """A server that is busy twice, then always, then never done."""
    patient = client.with_options(max_retries=2)
    assert patient.messages.create(**ASKED).content
    try:
        patient.messages.create(**ASKED)
    except anthropic.RateLimitError:
        pass
    else:
        raise AssertionError("no error")
    with patient.messages.stream(**ASKED) as events:
        next(iter(events.text_stream))


steps = (message, stream, tools, structured, count, errors)
for step in (busy,) if "busy" in sys.argv else steps:
    step()
    print(step.__name__, flush=True)
