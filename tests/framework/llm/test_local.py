"""The local provider: one engine, loaded once and in a thread, read through the stream protocol."""

from __future__ import annotations

import asyncio
import threading
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from framework.errors import ModelNotFoundError, ProviderError
from framework.llm import local
from framework.llm.base import LLMProvider, ModelRequest, collect
from framework.llm.engine import Answer, Question
from framework.llm.local import ANSWER_TOKENS, CHOICE_TOKENS, LocalProvider
from framework.llm.stream import TextDeltaEvent
from framework.model.message import Message, Role
from framework.model.tool import Tool, UnreadToolUse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HELLO = ModelRequest(messages=[Message(Role.USER, "hello")])
SEARCH = Tool("search", "", {"type": "object", "properties": {"q": {"type": "string"}}})
ASK = ModelRequest(messages=[Message(Role.USER, "find")], tools=[SEARCH])


class StubEngine:
    """An engine whose answer is written down; ``gate`` holds it before its second piece."""

    def __init__(self, *pieces: str, stop_reason: str = "stop", gate: threading.Event | None = None) -> None:
        self.pieces = pieces
        self.stop_reason = stop_reason
        self.gate = gate
        self.questions: list[Question] = []
        self.handed_over: list[str] = []
        self.threads: set[str] = set()
        self.finished = threading.Event()

    def answer(self, question: Question, on_piece: Callable[[str], bool]) -> Answer:
        self.questions.append(question)
        self.threads.add(threading.current_thread().name)
        for piece in self.pieces:
            if self.handed_over and self.gate:
                self.gate.wait(5)
            self.handed_over.append(piece)
            if on_piece(piece):
                break
        self.finished.set()
        text = "".join(self.pieces)
        return Answer(
            text=text, stop_reason=self.stop_reason, input_tokens=3, output_tokens=2, cached_tokens=1
        )


@pytest.fixture
def provide(tmp_path):
    (tmp_path / "tiny.gguf").write_bytes(b"")

    def provided(engine: StubEngine, loads: list[Path] | None = None) -> LocalProvider:
        def load(path: Path, *, threads: int, context_tokens: int) -> StubEngine:
            if loads is not None:
                loads.append(path)
            return engine

        return LocalProvider("tiny", root=tmp_path, load=load)

    return provided


def test_it_is_a_provider_with_a_prefixed_name(provide):
    provider = provide(StubEngine())

    assert isinstance(provider, LLMProvider)
    assert provider.model == "local/tiny"
    assert LocalProvider("local/tiny").model == "local/tiny"


async def test_text_streams_piece_by_piece_and_costs_nothing(provide):
    seen: list[object] = []

    answer = await collect(provide(StubEngine("", "a", "b")), HELLO, seen.append)

    assert seen[:2] == [TextDeltaEvent("a", "a"), TextDeltaEvent("b", "ab")]
    assert (answer.content, answer.cost_usd, answer.model) == ("ab", Decimal(0), "local/tiny")
    assert (answer.input_tokens, answer.output_tokens, answer.cached_tokens) == (3, 2, 1)


async def test_the_weights_load_once_and_work_in_one_other_thread(provide, tmp_path):
    engine, loads = StubEngine("a"), []
    provider = provide(engine, loads)
    assert loads == []

    await asyncio.gather(*(collect(provider, HELLO) for _ in range(3)))

    assert loads == [tmp_path / "tiny.gguf"]
    assert len(engine.threads) == 1
    assert threading.current_thread().name not in engine.threads


async def test_a_chosen_tool_becomes_a_call(provide):
    answer = await collect(provide(StubEngine('{"tool": "search", ', '"arguments": {"q": "x"}}')), ASK)

    [call] = answer.tool_calls
    assert (call.name, call.input, call.input_error) == ("search", {"q": "x"}, None)
    assert (answer.content, answer.stop_reason) == ("", "tool_calls")


async def test_the_same_call_in_the_same_conversation_has_the_same_id(provide):
    provider = provide(StubEngine('{"tool": "search", "arguments": {}}'))
    later = ModelRequest(messages=[*ASK.messages, Message(Role.USER, "again")], tools=[SEARCH])

    first, again, other = [
        (await collect(provider, request)).tool_calls[0].id for request in (ASK, ASK, later)
    ]

    assert first == again != other


async def test_a_reply_becomes_text(provide):
    answer = await collect(provide(StubEngine('{"reply": "done"}')), ASK)

    assert (answer.content, answer.tool_calls, answer.stop_reason) == ("done", (), "stop")


async def test_a_call_that_ran_out_of_tokens_has_an_input_error(provide):
    answer = await collect(provide(StubEngine('{"tool": "search", "argu', stop_reason="length")), ASK)

    [cut] = answer.tool_calls
    assert isinstance(cut, UnreadToolUse)
    assert (bool(cut.input_error), cut.input_text) == (True, '{"tool": "search", "argu')
    assert answer.stop_reason == "length"


async def test_an_empty_choice_is_an_empty_answer(provide):
    assert (await collect(provide(StubEngine("")), ASK)).content == ""


async def test_constrained_answers_have_a_schema_and_few_tokens(provide):
    engine = StubEngine("{}")
    provider = provide(engine)

    for request in (HELLO, ASK, ModelRequest(messages=[], response_schema={"type": "string"}, max_tokens=5)):
        await collect(provider, request)

    plain, choice, schema = engine.questions
    assert (plain.schema, plain.max_tokens, plain.temperature) == (None, ANSWER_TOKENS, 0.0)
    assert choice.max_tokens == CHOICE_TOKENS
    assert "anyOf" in (choice.schema or {})
    assert (schema.schema or {})["type"] == "string"
    assert schema.max_tokens == 5


async def test_a_cancelled_request_stops_the_engine_and_the_next_one_is_served(provide):
    gate = threading.Event()
    engine = StubEngine("a", "b", "c", gate=gate)
    provider = provide(engine)
    started = asyncio.Event()
    task = asyncio.create_task(collect(provider, HELLO, lambda _: started.set()))
    await started.wait()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    await asyncio.to_thread(engine.finished.wait, 5)

    assert "c" not in engine.handed_over
    assert (await collect(provider, HELLO)).content == "abc"


async def test_a_request_cancelled_in_the_queue_never_reaches_the_engine(provide):
    gate = threading.Event()
    engine = StubEngine("a", "b", gate=gate)
    provider = provide(engine)
    started = asyncio.Event()
    first = asyncio.create_task(collect(provider, HELLO, lambda _: started.set()))
    await started.wait()
    second = asyncio.create_task(collect(provider, ASK))
    await asyncio.sleep(0)

    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    gate.set()
    await first

    assert len(engine.questions) == 1


async def test_missing_weights_say_how_to_get_them(tmp_path):
    with pytest.raises(ModelNotFoundError, match="run: hive models pull smollm2"):
        await collect(LocalProvider("local/smollm2", root=tmp_path), HELLO)


async def test_weights_that_fall_silent_are_given_up(provide, monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr(local, "SILENCE_S", 0.05)

    with pytest.raises(ProviderError, match="said nothing"):
        await collect(provide(StubEngine("a", "b", gate=gate)), HELLO)
    gate.set()


def test_it_works_in_one_event_loop_after_another(provide):
    provider = provide(StubEngine("a"))

    assert [asyncio.run(collect(provider, HELLO)).content for _ in range(2)] == ["a", "a"]
