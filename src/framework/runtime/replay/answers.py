"""What answers in a replay: the model, the tools and the people of the recording."""

from __future__ import annotations

import asyncio
import builtins
from decimal import Decimal
from itertools import takewhile
from typing import TYPE_CHECKING, NoReturn, cast

from framework import errors
from framework.errors import ProviderError, RunPausedError
from framework.journal.ledger import NO_ANSWER
from framework.llm.lanes import ProviderByLane
from framework.llm.stream import FinishEvent, StreamEvent, TextEndEvent, ToolCallEvent
from framework.model.events import ModelAnswered, NodeFinished, NodeRetried, UnreadRequest, ValueRead
from framework.model.tool import ToolResult, ToolUse
from framework.tools.context import current_tool_context
from framework.tools.file_tree import put_below
from framework.tools.written_file import file_content

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from framework.llm.base import ModelRequest
    from framework.loop.context import NodeContext, NodeProtocol, NodeResult
    from framework.model.events import ErrorFacts, FileWritten, QuestionAsked, ToolRequest
    from framework.runtime.replay.recording import Recording


_ROOTS = ("Exception", "BaseException", "object")


async def _wait_for_the_end() -> NoReturn:
    """Wait where the recording has no answer, because the lane was cut off there or the run stopped."""
    await asyncio.Event().wait()
    raise AssertionError("An event that nobody sets was set.")


def recorded_models(recording: Recording, model: str) -> ProviderByLane:
    """Return the provider that answers every lane as the recording does."""
    return ProviderByLane(model, lambda lane_id: _RecordedModel(recording, lane_id, model))


class _RecordedModel:
    def __init__(self, recording: Recording, lane_id: str, model: str) -> None:
        self._recording = recording
        self._lane_id = lane_id
        self._default = model

    @property
    def model(self) -> str:
        """The model that was asked: which one answers where none is named is not the agent's choice."""
        return self._recording.next_model(self._lane_id) or self._default

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        del request
        if self._recording.block(self._lane_id) is not None:
            raise ProviderError("A try that the recorded budget let none follow.", retryable=True)
        event = self._recording.next_event(self._lane_id)
        match event:
            case ModelAnswered(stop_reason=reason) if reason == NO_ANSWER:
                raise ProviderError(event.text.load())
            case ModelAnswered():
                for piece in _pieces(event):
                    yield piece
            case NodeRetried() | NodeFinished() if event.error is not None:
                raise as_raised(event.error)
            case _:
                await _wait_for_the_end()


def _pieces(answer: ModelAnswered) -> list[StreamEvent]:
    calls = [_call(call) for call in answer.tool_calls]
    finish = FinishEvent(
        stop_reason=answer.stop_reason,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        cached_tokens=answer.cached_tokens,
        model=answer.model,
        cost_usd=None if answer.cost_usd is None else Decimal(answer.cost_usd),
    )
    return [TextEndEvent(answer.text.load()), *calls, finish]


def _call(call: ToolRequest) -> ToolCallEvent:
    text = call.arguments_text.load() if isinstance(call, UnreadRequest) else None
    return ToolCallEvent(call.id, call.name, call.arguments.load(), call.error, text)


def as_raised(facts: ErrorFacts) -> Exception:
    """Return an error with the facts of the recorded one, which ended the attempt.

    It has the names that ``retry_on`` may hold, and is no ``ProviderError``: what catches those to ask
    again, or to go on without an answer, had its say when the run was recorded.
    """
    known = getattr(errors, facts.error, None) or getattr(builtins, facts.error, None)
    names = [each.__name__ for each in known.__mro__] if isinstance(known, type) else [facts.error]
    kind: type[Exception] = Exception
    for name in reversed(names):
        if name not in _ROOTS:
            kind = cast("type[Exception]", type(name, (kind,), {"retryable": facts.retryable}))
    return kind(facts.message)


class RecordedTools:
    """Answers tool calls with what they returned, and writes the files they wrote."""

    def __init__(self, recording: Recording) -> None:
        """Answer from ``recording``."""
        self._recording = recording
        self._latest: dict[str, int] = {}
        self._writing = asyncio.Lock()

    async def __call__(self, use: ToolUse) -> ToolResult:
        """Return what the call gave; wait where it never came back."""
        context = current_tool_context()
        found = self._recording.returned(context.idempotency_key)
        if found is None:
            await _wait_for_the_end()
        for seq, event in found.files:
            content = file_content(event)
            if context.data_dir is not None:
                await self._write(context.data_dir, event, seq)
            context.on_file_written(event.name, content)
        if found.result is None:
            self._recording.hold_call(context.lane_id, context.call_id)
            await _wait_for_the_end()
        return ToolResult(use.id, found.result.content.load(), is_error=found.result.status != "ok")

    async def _write(self, folder: Path, event: FileWritten, seq: int) -> None:
        """Write a file unless a call that wrote it later was quicker this time."""
        async with self._writing:
            if seq > self._latest.get(event.name, 0):
                self._latest[event.name] = seq
                await asyncio.to_thread(put_below, folder, event.name, file_content(event))


class RecordedReads:
    """Stands before what gives a node's recorded outputs: reads from outside what the node had read."""

    def __init__(self, recording: Recording, worker: NodeProtocol) -> None:
        """Read as ``recording`` says, then go on with ``worker``."""
        self._recording = recording
        self._worker = worker

    async def execute(self, ctx: NodeContext) -> NodeResult:
        """Return what the worker gives."""
        coming = (entry.event for entry in self._recording.coming(ctx.log.lane_id))
        reads = list(takewhile(lambda event: isinstance(event, ValueRead), coming))
        for event in reads:
            ctx.log.record(event)
        del ctx.given[: len(reads)]
        await ctx.log.commit()
        return await self._worker.execute(ctx)


class RecordedPerson:
    """Answers questions as the person did who was asked."""

    def __init__(self, recording: Recording) -> None:
        """Answer from ``recording``."""
        self._recording = recording

    async def ask(self, question: QuestionAsked) -> str:
        """Return the recorded answer; wait where there is none.

        Raises:
            RunPausedError: if the call in doubt came back by its probe, once the run was carried on.
        """
        event = self._recording.next_event(question.question_id.partition(":")[0])
        if isinstance(event, NodeRetried | NodeFinished) and event.error is not None:
            raise as_raised(event.error)  # A later attempt was answered, if any was.
        answer = self._recording.answer(question.question_id)
        if answer is None:
            if self._recording.is_settled_by_probe(question.question_id):
                raise RunPausedError("The recorded run waited here.", node_id=question.node_id)
            await _wait_for_the_end()
        return answer
