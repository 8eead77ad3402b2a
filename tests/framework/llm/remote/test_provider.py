"""The provider against a real server on this machine, in the protocols of OpenAI and of Anthropic."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import MissingCredentialError, ModelNotFoundError, ProviderError
from framework.llm import LiteLLMProvider
from framework.llm.base import LLMProvider, ModelRequest, collect
from framework.llm.remote import answer, asking, watch
from framework.llm.stream import ReasoningDeltaEvent, StreamEvent, TextDeltaEvent
from framework.model.message import Message, Role
from framework.model.tool import Tool, ToolUse, UnreadToolUse
from tests.support.model_protocols import DIALECTS, Call, Dialect, Said, stream, whole
from tests.support.model_service import SSE, ModelService, reply, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "sk-very-secret-key"
HELLO = ModelRequest(messages=[Message(Role.USER, "hello")])
PLAIN = "Content-Type: text/plain\r\n"


@pytest.fixture
async def service() -> AsyncIterator[ModelService]:
    async with serving() as running:
        yield running


@pytest.fixture(params=DIALECTS, ids=lambda dialect: dialect.vendor)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param


def speaking(dialect: Dialect, service: ModelService, **options: Any) -> LiteLLMProvider:
    base = service.base if dialect.vendor == "openai" else service.root
    return LiteLLMProvider(f"{dialect.vendor}/m", KEY, base, **{"timeout_s": 5.0, **options})


def begun(dialect: Dialect) -> list[str]:
    """Return the events of an answer up to its first text."""
    events = dialect.events(Said(text=("a",)))
    return events[: 1 + next(index for index, event in enumerate(events) if '"a"' in event)]


async def failure(dialect: Dialect, service: ModelService, **options: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await collect(speaking(dialect, service, **options), HELLO)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    return caught.value


async def test_text_streams_as_it_comes(dialect: Dialect, service: ModelService) -> None:
    service.answer = whole(dialect, Said(text=("Grüße ", "🐝", " ok")))
    seen: list[StreamEvent] = []

    response = await collect(speaking(dialect, service), HELLO, seen.append)

    assert response.content == "Grüße 🐝 ok"
    assert [event.content for event in seen if isinstance(event, TextDeltaEvent)] == ["Grüße ", "🐝", " ok"]
    assert (response.model, response.stop_reason) == ("m-1", "stop")


async def test_parallel_calls_arrive_whole(dialect: Dialect, service: ModelService) -> None:
    calls = (Call("a", "f", ('{"x":', " 1}")), Call("b", "g", ()), Call("c", "f", ('{"x": 2}',)))
    service.answer = whole(dialect, Said(text=("Two things.",), calls=calls))

    response = await collect(speaking(dialect, service), HELLO)

    assert response.content == "Two things."
    assert response.tool_calls == (
        ToolUse("a", "f", {"x": 1}),
        ToolUse("b", "g", {}),
        ToolUse("c", "f", {"x": 2}),
    )
    assert response.stop_reason == "tool_calls"


async def test_two_calls_with_one_id_stay_two(dialect: Dialect, service: ModelService) -> None:
    calls = (Call("same", "f", ('{"x": 1}',)), Call("same", "f", ('{"x": 2}',)))
    service.answer = whole(dialect, Said(calls=calls))

    first, second = (await collect(speaking(dialect, service), HELLO)).tool_calls

    assert (first.input, second.input) == ({"x": 1}, {"x": 2})
    assert first.id == "same" != second.id


async def test_arguments_that_do_not_parse_are_an_input_error(
    dialect: Dialect, service: ModelService
) -> None:
    service.answer = whole(dialect, Said(calls=(Call("a", "f", ('{"x": ',)), Call("b", "f", ("[1]",)))))

    cut, listed = (await collect(speaking(dialect, service), HELLO)).tool_calls

    assert (cut.input, "not valid JSON" in (cut.input_error or "")) == ({}, True)
    assert "must be a JSON object" in (listed.input_error or "")
    assert [read.input_text for read in (cut, listed) if isinstance(read, UnreadToolUse)] == ['{"x": ', "[1]"]


async def test_too_many_calls_are_refused(
    dialect: Dialect, service: ModelService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "CALLS_LIMIT", 2)
    service.answer = whole(dialect, Said(calls=tuple(Call(str(n), "f", ("{}",)) for n in range(3))))

    assert "more than 2 tool calls" in str(await failure(dialect, service))


async def test_usage_counts_cached_tokens_among_those_read(dialect: Dialect, service: ModelService) -> None:
    service.answer = whole(dialect, Said(text=("x",), read=10, written=3, cached=6))

    response = await collect(speaking(dialect, service), HELLO)

    assert (response.input_tokens, response.output_tokens, response.cached_tokens) == (10, 3, 6)
    assert response.cost_usd is None


async def test_reasoning_is_shown_and_is_no_text(dialect: Dialect, service: ModelService) -> None:
    service.answer = whole(dialect, Said(thoughts=("hm", "m"), text=("x",)))
    seen: list[StreamEvent] = []

    response = await collect(speaking(dialect, service), HELLO, seen.append)

    assert response.content == "x"
    assert [event.content for event in seen if isinstance(event, ReasoningDeltaEvent)] == ["hm", "m"]


async def test_an_empty_answer_is_an_answer(dialect: Dialect, service: ModelService) -> None:
    service.answer = whole(dialect, Said(written=1))

    response = await collect(speaking(dialect, service), HELLO)

    assert (response.content, response.tool_calls, response.stop_reason) == ("", (), "stop")


async def test_an_answer_cut_by_its_limit_says_so(dialect: Dialect, service: ModelService) -> None:
    service.answer = whole(dialect, Said(text=("x",), stop="length"))

    assert (await collect(speaking(dialect, service), HELLO)).stop_reason == "length"


async def test_a_busy_service_says_when_to_come_back(dialect: Dialect, service: ModelService) -> None:
    service.first = [reply(429, dialect.error("rate_limit_error", "slow down"), "Retry-After: 7\r\n")]
    service.answer = whole(dialect, Said(text=("x",)))

    busy = await failure(dialect, service)

    assert (busy.retryable, busy.status, busy.retry_after_s) == (True, 429, 7.0)
    assert "slow down" in str(busy)
    assert len(service.asked) == 1
    assert (await collect(speaking(dialect, service), HELLO)).content == "x"


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 503, 529])
async def test_transient_failures_are_worth_a_retry(
    dialect: Dialect, service: ModelService, status: int
) -> None:
    service.replies(status, dialect.error("overloaded_error", "busy"))

    broken = await failure(dialect, service)

    assert (broken.retryable, broken.status, len(service.asked)) == (True, status, 1)


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_refused_request_is_not(dialect: Dialect, service: ModelService, status: int) -> None:
    service.replies(status, dialect.error("invalid_request_error", "too\nlong"), "Retry-After: 3\r\n")

    refused = await failure(dialect, service)

    assert (refused.retryable, refused.retry_after_s) == (False, None)
    assert str(refused) == f"The model's service answered 'm' with HTTP {status}. It said: too long"


async def test_an_empty_account_is_not_worth_a_retry(service: ModelService) -> None:
    openai, anthropic = DIALECTS
    service.replies(429, openai.error("insufficient_quota", "pay"))
    assert not (await failure(openai, service)).retryable

    service.replies(400, anthropic.error("invalid_request_error", "Your credit balance is too low"))
    assert "credit balance" in str(await failure(anthropic, service))


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_not_repeated_even_when_the_service_does(
    dialect: Dialect, service: ModelService, status: int
) -> None:
    service.replies(status, dialect.error("authentication_error", f"Incorrect key: {KEY}"))

    refused = await failure(dialect, service)

    assert isinstance(refused, MissingCredentialError)
    assert "Incorrect key: ***" in str(refused)
    assert f"hive credentials set {dialect.vendor.upper()}_API_KEY" in str(refused)


async def test_an_unknown_model_is_named(dialect: Dialect, service: ModelService) -> None:
    service.replies(404, dialect.error("not_found_error", "no such model"))

    unknown = await failure(dialect, service)

    assert isinstance(unknown, ModelNotFoundError)
    assert "'m'" in str(unknown)
    assert "no such model" in str(unknown)


async def test_an_error_page_is_told_without_its_tags(dialect: Dialect, service: ModelService) -> None:
    service.replies(502, "<html><h1>Bad gateway</h1></html>", "Content-Type: text/html\r\n")

    broken = await failure(dialect, service)

    assert str(broken).endswith("HTTP 502. It said: Bad gateway")
    assert broken.retryable


async def test_a_huge_error_is_shortened(dialect: Dialect, service: ModelService) -> None:
    service.replies(500, "x" * 500_000, PLAIN)

    assert len(str(await failure(dialect, service))) < 500


@pytest.mark.parametrize("piece", ["{not json", "[1]", "null", '"text"', "7", "{}"])
async def test_a_malformed_piece_is_worth_a_retry(
    dialect: Dialect, service: ModelService, piece: str
) -> None:
    start = begun(dialect)
    kind = "event: content_block_delta\n" if dialect.vendor == "anthropic" else ""
    service.answer = stream(*start, f"{kind}data: {piece}\n\n")

    assert (await failure(dialect, service)).retryable


async def test_an_error_inside_the_stream_is_told(dialect: Dialect, service: ModelService) -> None:
    start = begun(dialect)
    service.answer = stream(*start, dialect.error_event("overloaded_error", f"lost {KEY}"))
    broken = await failure(dialect, service)
    assert (broken.retryable, "lost ***" in str(broken)) == (True, True)

    service.answer = stream(*start, dialect.error_event("invalid_request_error", "no"))
    assert "no" in str(await failure(dialect, service))


async def test_a_stream_that_ends_early_is_worth_a_retry(dialect: Dialect, service: ModelService) -> None:
    for kept in range(1, len(begun(dialect)) + 1):
        service.answer = stream(*begun(dialect)[:kept])
        broken = await failure(dialect, service)
        assert broken.retryable
        assert "broke off" in str(broken)


async def test_a_connection_reset_in_the_stream_is_worth_a_retry(
    dialect: Dialect, service: ModelService
) -> None:
    text = "".join(begun(dialect))
    service.answer = f"HTTP/1.1 200 OK\r\n{SSE}Content-Length: 9999\r\n\r\n{text}".encode()
    service.cuts = True

    broken = await failure(dialect, service)

    assert broken.retryable
    assert "broke off" in str(broken)


@pytest.mark.parametrize("body", ["", "OK", '{"choices": []}'])
async def test_an_answer_that_is_no_stream_is_worth_a_retry(
    dialect: Dialect, service: ModelService, body: str
) -> None:
    service.replies(200, body)

    assert (await failure(dialect, service)).retryable


async def test_the_words_of_an_answer_that_is_no_stream_are_told(
    dialect: Dialect, service: ModelService
) -> None:
    service.replies(200, dialect.error("server_error", f"the model is loading {KEY}"))
    assert str(await failure(dialect, service)).endswith("try again. It said: the model is loading ***")

    service.replies(200, "<html><b>Sign in</b> to the network</html>", "Content-Type: text/html\r\n")
    assert str(await failure(dialect, service)).endswith("It said: Sign in to the network")


@pytest.mark.parametrize("status", [200, 502])
async def test_a_key_across_the_end_of_what_is_read_is_not_told_in_part(
    dialect: Dialect, service: ModelService, status: int
) -> None:
    service.replies(status, "<i></i>" * 584 + KEY, "Content-Type: text/html\r\n")

    assert KEY[:4] not in str(await failure(dialect, service))


async def test_a_silent_service_is_given_up(dialect: Dialect, service: ModelService) -> None:
    service.answer = stream(*begun(dialect))
    service.hangs = True

    late = await failure(dialect, service, timeout_s=0.2)

    assert late.retryable
    assert "within 0.2 seconds" in str(late)


async def test_an_answer_that_never_ends_is_given_up(
    dialect: Dialect, service: ModelService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "LONGEST_ANSWER_S", 0.3)
    service.answer = stream(*begun(dialect))
    service.hangs = True

    assert "within 0.3 seconds, all in all" in str(await failure(dialect, service))


async def test_an_answer_too_large_is_cut_off(
    dialect: Dialect, service: ModelService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch.Watch.__init__, "__kwdefaults__", {"limit": 2**20})
    service.answer = whole(dialect, Said(text=("x" * 2**21,)))

    assert "passed 1 MiB" in str(await failure(dialect, service))


async def test_a_packed_answer_is_refused_for_its_size_says_nothing(
    dialect: Dialect, service: ModelService
) -> None:
    service.replies(200, "", f"Content-Encoding: gzip\r\n{SSE}")

    refused = await failure(dialect, service)

    assert "packed its answer" in str(refused)
    assert not refused.retryable


async def test_a_redirection_is_final_and_names_where_it_leads(
    dialect: Dialect, service: ModelService
) -> None:
    service.replies(307, "", "Location: https://new.example/v1?key=sesame\r\n")

    refused = await failure(dialect, service)

    assert (refused.retryable, refused.status, len(service.asked)) == (False, 307, 1)
    assert "It says: 'https://new.example/v1'" in str(refused)


async def test_an_address_with_a_password_is_refused_unseen() -> None:
    with pytest.raises(ProviderError, match="a user name or a password") as caught:
        LiteLLMProvider("openai/m", KEY, "https://ada:sesame@host/v1")

    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("port", ["99999", "0", "port"])
def test_an_address_whose_port_is_none_is_refused(port: str) -> None:
    with pytest.raises(ProviderError, match="a number from 1 to 65535"):
        LiteLLMProvider("openai/m", KEY, f"http://127.0.0.1:{port}/v1")


async def test_a_service_that_is_not_there_is_worth_a_retry(dialect: Dialect) -> None:
    with pytest.raises(ProviderError, match="cannot be reached") as caught:
        await collect(LiteLLMProvider(f"{dialect.vendor}/m", KEY, "http://127.0.0.1:1/v1"), HELLO)
    assert (caught.value.retryable, caught.value.is_free) == (True, True)


async def test_a_cancelled_request_ends_at_once(dialect: Dialect, service: ModelService) -> None:
    service.answer = stream(*begun(dialect))
    service.hangs = True
    started = asyncio.Event()
    task = asyncio.create_task(collect(speaking(dialect, service), HELLO, lambda _: started.set()))
    await started.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


def test_one_provider_serves_several_event_loops(dialect: Dialect) -> None:
    async def ask(known: list[LiteLLMProvider]) -> str:
        async with serving() as service:
            service.answer = whole(dialect, Said(text=("x",)))
            asked = known[0] if known else speaking(dialect, service)
            known[:] = [asked]
            asked._address = service.base if dialect.vendor == "openai" else service.root
            return (await collect(asked, HELLO)).content

    known: list[LiteLLMProvider] = []

    assert [asyncio.run(ask(known)) for _ in range(2)] == ["x", "x"]


CALLED = ModelRequest(
    messages=[
        Message(Role.USER, "go"),
        Message(Role.ASSISTANT, "", (ToolUse("1", "search", {"q": "ü"}), ToolUse("2", "search", {}))),
        Message(Role.TOOL, "found", (), "1"),
        Message(Role.TOOL, "broken", (), "2", is_error=True),
        Message(Role.USER, "more"),
    ],
    system="s",
    tools=[Tool("search", "d", {"type": "object", "properties": {"q": {"type": "string"}}})],
    max_tokens=9,
    temperature=0.5,
)


async def test_what_openai_is_sent(service: ModelService) -> None:
    openai = DIALECTS[0]
    service.answer = whole(openai, Said(text=("x",)))

    await collect(speaking(openai, service), CALLED)

    assert service.path == openai.path
    assert f"bearer {KEY}" in service.headers.lower()
    function = {"name": "search", "arguments": '{"q":"ü"}'}
    body = service.body
    assert [message["role"] for message in body["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
        "tool",
        "user",
    ]
    assert body["messages"][2]["tool_calls"][0] == {"id": "1", "type": "function", "function": function}
    assert body["messages"][3] == {"role": "tool", "tool_call_id": "1", "content": "found"}
    assert "broken" in body["messages"][4]["content"]
    assert body["tools"][0]["function"]["parameters"] == CALLED.tools[0].parameters
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("m", 9, 0.5)
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})


async def test_what_anthropic_is_sent(service: ModelService) -> None:
    anthropic = DIALECTS[1]
    service.answer = whole(anthropic, Said(text=("x",)))

    await collect(speaking(anthropic, service), CALLED)

    body = service.body
    assert service.path.startswith(anthropic.path)
    assert KEY in service.headers
    assert "s" in str(body["system"])
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    results = body["messages"][2]["content"]
    assert [part["type"] for part in results] == ["tool_result", "tool_result", "text"]
    assert [part.get("is_error", False) for part in results[:2]] == [False, True]
    assert body["tools"][0]["input_schema"]["properties"] == {"q": {"type": "string"}}
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("m", 9, 0.5)
    assert "cache_control" in str(body)


SCHEMA = {"type": "object", "properties": {"fit": {"type": "boolean"}}, "required": ["fit"]}


async def test_openai_is_held_to_the_schema_of_the_answer(service: ModelService) -> None:
    service.answer = whole(DIALECTS[0], Said(text=("{}",)))

    await collect(speaking(DIALECTS[0], service), replace(HELLO, response_schema=SCHEMA))

    held = service.body["response_format"]["json_schema"]
    assert (held["name"], held["schema"]["properties"]) == ("answer", SCHEMA["properties"])
    assert "tools" not in service.body


@pytest.mark.parametrize(("model", "place"), [("claude-haiku-4-5", "output_config"), ("m", "system")])
async def test_anthropic_is_held_to_the_schema_or_told_of_it(
    service: ModelService, model: str, place: str
) -> None:
    service.answer = whole(DIALECTS[1], Said(text=("{}",)))

    await collect(
        LiteLLMProvider(f"anthropic/{model}", KEY, service.root), replace(HELLO, response_schema=SCHEMA)
    )

    assert "fit" in str(service.body[place])


@pytest.mark.parametrize("model", ["openai/gpt-5", "anthropic/claude-opus-5-5"])
async def test_a_model_that_refuses_a_temperature_is_sent_none(service: ModelService, model: str) -> None:
    dialect = DIALECTS[0] if model.startswith("openai") else DIALECTS[1]
    base = service.base if model.startswith("openai") else service.root
    service.answer = whole(dialect, Said(text=("x",)))

    await collect(LiteLLMProvider(model, KEY, base), CALLED)

    assert "temperature" not in service.body


async def test_a_refusal_is_the_text_of_the_answer(service: ModelService) -> None:
    delta = {"index": 0, "delta": {"refusal": "I will not."}, "finish_reason": "stop"}
    service.streams({"choices": [delta]})

    response = await collect(speaking(DIALECTS[0], service), HELLO)

    assert (response.content, response.stop_reason) == ("I will not.", "content_filter")


@pytest.mark.parametrize("said", ['"a"', '"f"'])
async def test_anthropics_text_and_names_must_be_text(service: ModelService, said: str) -> None:
    answer = Said(text=("a",), calls=(Call("1", "f", ()),))
    service.answer = stream(*(event.replace(said, "7") for event in DIALECTS[1].events(answer)))

    assert (await failure(DIALECTS[1], service)).retryable


async def test_a_service_that_only_marks_the_end_has_answered(service: ModelService) -> None:
    service.streams({"choices": [{"delta": {"content": "x"}}]})

    assert (await collect(speaking(DIALECTS[0], service), HELLO)).content == "x"


@pytest.mark.parametrize("indices", [(0, 1), (0, 0), (None, None)])
async def test_calls_are_told_apart_by_index_or_id(
    service: ModelService, indices: tuple[int | None, ...]
) -> None:
    pieces = []
    for number, index in enumerate(indices):
        first = {"id": f"c{number}", "function": {"name": "f", "arguments": '{"x": '}}
        rest = {"function": {"arguments": f"{number}}}"}}
        at = {} if index is None else {"index": index}
        pieces += [{**first, **at}, {**rest, **at}]
    service.streams(*({"choices": [{"delta": {"tool_calls": [piece]}}]} for piece in pieces))

    calls = (await collect(speaking(DIALECTS[0], service), HELLO)).tool_calls

    assert calls == (ToolUse("c0", "f", {"x": 0}), ToolUse("c1", "f", {"x": 1}))


async def test_without_a_key_none_is_sent_whatever_the_environment_holds(
    dialect: Dialect, service: ModelService, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "from-the-environment")
    service.answer = whole(dialect, Said(text=("x",)))
    base = service.base if dialect.vendor == "openai" else service.root

    await collect(LiteLLMProvider(f"{dialect.vendor}/m", None, base), HELLO)

    assert "from-the-environment" not in service.headers
    assert "authorization" not in service.headers.lower()
    assert "x-api-key" not in service.headers.lower()


async def test_a_request_may_name_another_model_of_the_service(
    dialect: Dialect, service: ModelService
) -> None:
    service.answer = whole(dialect, Said(text=("x",)))

    for name in ("other", f"{dialect.vendor}/other"):
        await collect(speaking(dialect, service), replace(HELLO, model=name))
        assert service.body["model"] == "other"


async def test_a_model_of_another_vendor_is_refused() -> None:
    with pytest.raises(ModelNotFoundError, match="speaks to openai alone"):
        await collect(LiteLLMProvider("openai/m", KEY), replace(HELLO, model="anthropic/m"))


def test_a_name_without_a_known_service_is_refused_with_the_known_forms() -> None:
    with pytest.raises(ModelNotFoundError, match=r"'gpt-4o'.*local/NAME.*anthropic/NAME.*HIVE_API_BASE"):
        LiteLLMProvider("gpt-4o", KEY)


def test_a_missing_key_is_refused_with_the_ways_to_give_it() -> None:
    said = r"HIVE_API_KEY, GEMINI_API_KEY or GOOGLE_API_KEY, or run: hive credentials set GEMINI_API_KEY"
    with pytest.raises(MissingCredentialError, match=said):
        LiteLLMProvider("gemini/x", find_key={}.get)


def test_a_key_is_found_by_its_name() -> None:
    assert LiteLLMProvider("gemini/x", find_key={"GOOGLE_API_KEY": "k"}.get)._key == "k"


@pytest.mark.parametrize("address", ["host/v1", "ftp://host", "http://[::1", "https://"])
def test_an_address_that_cannot_be_used_is_refused(address: str) -> None:
    with pytest.raises(ProviderError, match="is not the address of a service") as caught:
        LiteLLMProvider("m", KEY, address)
    assert not caught.value.retryable


@pytest.mark.parametrize("key", ["sk-\u00e9", "sk-a\nb"])
def test_a_key_that_cannot_be_sent_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(MissingCredentialError, match="copy it again") as caught:
        LiteLLMProvider("openai/m", key)
    assert "sk-" not in str(caught.value)


def test_it_is_a_provider_whose_repr_hides_the_key() -> None:
    made = LiteLLMProvider("openai/m", f" {KEY}\n")

    assert isinstance(made, LLMProvider)
    assert KEY not in repr(made)
    assert "https://api.openai.com/v1" in repr(made)
