"""The HTTP provider against a real server on this machine."""

from __future__ import annotations

import asyncio
import traceback

import httpx
import pytest

from framework.errors import MissingCredentialError, ModelNotFoundError, ProviderError
from framework.llm.base import LLMProvider, ModelRequest, collect
from framework.llm.openai_compatible import OPENAI_BASE, OpenAICompatibleProvider, _body
from framework.model.message import Message, Role
from framework.model.tool import Tool, ToolUse
from tests.support.model_service import ModelService, serving

KEY = "sk-very-secret-key"
HELLO = ModelRequest(messages=[Message(Role.USER, "hello")])
END = {"choices": [{"delta": {}, "finish_reason": "stop"}]}


def said(text: str) -> dict[str, object]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": None}]}


@pytest.fixture
async def service():
    async with serving() as running:
        yield running


def provider(service: ModelService, **options: object) -> OpenAICompatibleProvider:
    return OpenAICompatibleProvider("m", api_key=KEY, api_base=service.base, **{"timeout_s": 5.0, **options})


async def failure(service: ModelService, **options: object) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await collect(provider(service, **options), HELLO)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    return caught.value


async def test_text_streams_with_usage_and_an_unknown_price(service):
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}
    service.streams(said("he"), said("llo"), END, {"choices": [], "usage": usage, "model": "m-2"})

    answer = await collect(provider(service), HELLO)

    assert (answer.content, answer.model, answer.stop_reason) == ("hello", "m-2", "stop")
    assert (answer.input_tokens, answer.output_tokens, answer.cached_tokens) == (7, 2, 4)
    assert answer.cost_usd is None


async def test_the_request_is_what_the_protocol_asks_for(service):
    service.streams(END)
    use = ToolUse("1", "search", {"q": "x"})
    messages = [
        Message(Role.USER, "go"),
        Message(Role.ASSISTANT, "", (use,)),
        Message(Role.TOOL, "found", (), "1"),
        Message(Role.ASSISTANT, "ok"),
    ]

    await collect(
        provider(service),
        ModelRequest(messages=messages, system="s", model="other", tools=[Tool("search", "d")], max_tokens=9),
    )

    assert service.path == "/v1/chat/completions"
    assert f"Authorization: Bearer {KEY}" in service.headers
    call = {"id": "1", "type": "function", "function": {"name": "search", "arguments": '{"q": "x"}'}}
    assert service.body["messages"] == [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "found"},
        {"role": "assistant", "content": "ok"},
    ]
    assert service.body["tools"][0]["function"]["name"] == "search"
    assert (service.body["model"], service.body["max_tokens"], service.body["stream"]) == ("other", 9, True)
    assert service.body["stream_options"] == {"include_usage": True}
    assert "temperature" not in service.body


def test_optional_parts_of_the_request():
    request = ModelRequest(messages=[], temperature=0.0, response_schema={"type": "null"}, max_tokens=9)

    body = _body(request, "m", is_openai=True)

    assert (body["temperature"], body["max_completion_tokens"]) == (0.0, 9)
    assert body["response_format"]["json_schema"]["schema"] == {"type": "null"}


async def test_without_a_key_none_is_sent(service):
    service.streams(END)

    await collect(OpenAICompatibleProvider("m", api_base=f"{service.base}/"), HELLO)

    assert "authorization" not in service.headers.lower()


async def test_calls_stream_in_fragments(service):
    first = {"index": 0, "id": "1", "function": {"name": "f", "arguments": '{"a":'}}
    rest = {"index": 0, "function": {"arguments": " 1}"}}
    service.streams(*({"choices": [{"delta": {"tool_calls": [part]}}]} for part in (first, rest)), END)

    assert (await collect(provider(service), HELLO)).tool_calls == (ToolUse("1", "f", {"a": 1}),)


async def test_a_client_that_was_passed_in_stays_open(service):
    service.streams(said("x"), END)
    async with httpx.AsyncClient() as client:
        speaking = provider(service, client=client)

        assert [(await collect(speaking, HELLO)).content for _ in range(2)] == ["x", "x"]
        assert not client.is_closed


async def test_a_refused_key_is_not_repeated_even_when_the_service_does(service):
    service.replies(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}})

    refused = await failure(service)

    assert isinstance(refused, MissingCredentialError)
    assert "Incorrect API key provided: ***" in str(refused)


async def test_a_status_becomes_its_error(service):
    service.replies(404, {"error": {"message": "no such model"}})
    assert isinstance(await failure(service), ModelNotFoundError)

    service.replies(429, {"error": {"message": "slow down"}}, "Retry-After: 7\r\n")
    busy = await failure(service)
    assert (busy.retryable, busy.status, busy.retry_after_s) == (True, 429, 7.0)


async def test_only_the_start_of_a_huge_error_is_read(service):
    service.replies(500, "x" * 500_000)

    assert len(str(await failure(service))) < 500


@pytest.mark.parametrize("chunk", ["{not json", "[1]", "null"])
async def test_a_malformed_chunk_is_worth_a_retry(service, chunk):
    service.streams(said("a"), chunk)

    assert (await failure(service)).retryable


async def test_an_error_inside_the_stream_is_raised_without_the_key(service):
    service.streams(said("a"), {"error": {"message": f"lost {KEY}", "code": 400}})

    broken = await failure(service)

    assert (broken.retryable, "lost ***" in str(broken)) == (False, True)


async def test_a_stream_that_ends_early_is_worth_a_retry(service):
    service.streams(said("a"), done=False)

    assert (await failure(service)).retryable


async def test_a_connection_reset_in_the_stream_is_worth_a_retry(service):
    service.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\ndata: "
    service.cuts = True

    broken = await failure(service)

    assert broken.retryable
    assert "broke off" in str(broken)


async def test_an_answer_that_is_no_stream_is_empty(service):
    service.replies(200, {"choices": []})

    assert "empty answer" in str(await failure(service))


async def test_a_silent_service_is_given_up(service):
    service.streams(said("a"), done=False)
    service.hangs = True

    late = await failure(service, timeout_s=0.1)

    assert late.retryable
    assert "within 0.1 seconds" in str(late)


async def test_a_service_that_is_not_there_is_worth_a_retry():
    with pytest.raises(ProviderError, match="cannot be reached") as caught:
        await collect(OpenAICompatibleProvider("m", api_base="http://127.0.0.1:1/v1"), HELLO)
    assert caught.value.retryable


async def test_an_address_without_a_scheme_is_refused():
    with pytest.raises(ProviderError, match="is not the address of a service") as caught:
        await collect(OpenAICompatibleProvider("m", api_base="host/v1"), HELLO)
    assert not caught.value.retryable


async def test_a_cancelled_request_ends_at_once(service):
    service.streams(said("a"), done=False)
    service.hangs = True
    started = asyncio.Event()
    task = asyncio.create_task(collect(provider(service), HELLO, lambda _: started.set()))
    await started.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("key", ["sk-\u00e9", "sk-a\nb"])
def test_a_key_that_cannot_be_sent_is_refused_without_repeating_it(key):
    with pytest.raises(MissingCredentialError, match="copy it again") as caught:
        OpenAICompatibleProvider("m", api_key=key)
    assert "sk-" not in str(caught.value)


def test_it_is_a_provider_whose_repr_hides_the_key():
    made = OpenAICompatibleProvider("m", api_key=f" {KEY}\n")

    assert isinstance(made, LLMProvider)
    assert KEY not in repr(made)
    assert OPENAI_BASE in repr(made)
