"""LangChain's class for OpenAI in Python, unmodified, against a gateway whose address is the first argument."""
import sys

import openai
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

question = "Why is the sky blue?"


class Weather(BaseModel):
    city: str
    warm: bool


@tool
def get_weather(city: str) -> str:
    """Weather of a city"""
    return f"{len(city)} degrees"



def busy():
    """A server that is busy twice, then always, then never done."""
    patient = ChatOpenAI(model="auto", base_url=sys.argv[1] + "/v1", api_key="any", max_retries=2)
    assert patient.invoke(question).text
    try:
        patient.invoke(question)
    except openai.RateLimitError:
        pass
    else:
        raise AssertionError("no error")
    chunks = patient.stream(question)
    next(chunks)
    chunks.close()


if "busy" in sys.argv:
    busy()
    print("busy", flush=True)
    sys.exit()

for by_responses in (False, True):
    model = ChatOpenAI(
        model="auto", base_url=sys.argv[1] + "/v1", api_key="any", max_retries=0, use_responses_api=by_responses, stream_usage=True
    )
    reply = model.invoke(question)
    assert "You asked about 5 words" in reply.text, reply
    assert reply.usage_metadata["input_tokens"] == 5
    assert "You asked about 5 words" in "".join(chunk.text for chunk in model.stream(question))
    asked = model.bind_tools([get_weather]).invoke(question)
    call = asked.tool_calls[0]
    result = ToolMessage(content=get_weather.invoke(call["args"]), tool_call_id=call["id"])
    assert model.invoke([HumanMessage(question), asked, result]).text
    parsed = model.with_structured_output(Weather, method="json_schema").invoke(question)
    assert parsed == Weather(city="simulated", warm=True), parsed
    try:
        ChatOpenAI(model="nobody", base_url=sys.argv[1] + "/v1", api_key="any", use_responses_api=by_responses).invoke(question)
    except openai.NotFoundError:
        pass
    else:
        raise AssertionError("no error")
    print("responses" if by_responses else "chat completions", flush=True)
