"""A provider that runs GGUF weights in this process: no key, no network, no cost."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from hashlib import sha256
from threading import Event
from typing import TYPE_CHECKING

import orjson

from framework.errors import ProviderError
from framework.llm.bounded_schema import bounded
from framework.llm.choice import choice_schema, read_choice
from framework.llm.engine import Answer, Engine, EngineLoader, Question, load_engine
from framework.llm.stream import FinishEvent, StreamEvent, TextDeltaEvent, ToolCallEvent
from framework.llm.transcript import chat_messages
from framework.llm.weights import locate
from framework.settings import home

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from framework.llm.base import ModelRequest

PREFIX = "local/"
CONTEXT_TOKENS = 8192
ANSWER_TOKENS = 1024
CHOICE_TOKENS = 512
"""Tokens of a constrained answer: a value that never ends is cut off here."""

SILENCE_S = 900.0
"""Seconds without a word after which the weights are given up; reading a full context takes minutes."""


class LocalProvider:
    """Answers with local weights, one request after the other.

    The weights load with the first request, in a worker thread. Tools are
    offered by constrained decoding, one call an answer (see ``choice``). Without
    a temperature the answers are greedy, so that they can be repeated.
    """

    def __init__(
        self,
        path_or_name: str,
        *,
        root: Path | None = None,
        threads: int = 1,
        context_tokens: int = CONTEXT_TOKENS,
        seed: int = 0,
        load: EngineLoader = load_engine,
    ) -> None:
        """Run ``local/NAME``, ``local/PATH`` or the file at a path.

        Args:
            path_or_name: which weights.
            root: the folder of pulled weights; by default that of the settings.
            threads: more than one is slower on the small models.
            context_tokens: tokens of conversation and answer together.
            seed: for answers with a temperature.
            load: how weights become an engine.
        """
        self.model = path_or_name if path_or_name.startswith(PREFIX) else f"{PREFIX}{path_or_name}"
        self._root = home() / "models" if root is None else root
        self._threads = threads
        self._context_tokens = context_tokens
        self._seed = seed
        self._load = load
        self._engine: Engine | None = None
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hive-local-model")

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream the answer; closing the stream early stops the weights.

        Raises:
            ModelNotFoundError: if the weights or the extra are missing.
            ProviderError: if the weights cannot answer.
        """
        loop = asyncio.get_running_loop()
        # Unbounded, but it never holds more than the tokens of one answer.
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        stop = Event()

        def hand_over(piece: str) -> bool:
            with suppress(RuntimeError):  # the event loop was closed: nobody reads any more
                loop.call_soon_threadsafe(pieces.put_nowait, piece)
                return stop.is_set()
            return True

        work = loop.run_in_executor(self._worker, self._answer, self._question(request), hand_over)
        work.add_done_callback(lambda _: pieces.put_nowait(None))
        text = ""
        try:
            while (piece := await _next(pieces)) is not None:
                if piece and not request.tools:
                    text += piece
                    yield TextDeltaEvent(piece, text)
            answer = await work
        finally:
            stop.set()
            work.cancel()
        for event in _closing_events(request, answer, self.model):
            yield event

    def _answer(self, question: Question, on_piece: Callable[[str], bool]) -> Answer:
        if self._engine is None:
            path = locate(self.model.removeprefix(PREFIX), root=self._root)
            self._engine = self._load(path, threads=self._threads, context_tokens=self._context_tokens)
        return self._engine.answer(question, on_piece)

    def _question(self, request: ModelRequest) -> Question:
        schema = None
        if request.tools:
            schema = choice_schema(request.tools, request.messages)
        elif request.response_schema is not None:
            schema = bounded(request.response_schema)
        return Question(
            messages=chat_messages(request),
            schema=schema,
            max_tokens=min(request.max_tokens, CHOICE_TOKENS if request.tools else ANSWER_TOKENS),
            temperature=request.temperature or 0.0,
            seed=self._seed,
        )


async def _next(pieces: asyncio.Queue[str | None]) -> str | None:
    try:
        return await asyncio.wait_for(pieces.get(), SILENCE_S)
    except TimeoutError as error:
        raise ProviderError(
            f"The local model said nothing for {SILENCE_S:.0f} seconds; shorten the conversation."
        ) from error


def _closing_events(request: ModelRequest, answer: Answer, model: str) -> list[StreamEvent]:
    events: list[StreamEvent] = []
    stop_reason = answer.stop_reason
    if request.tools:
        chosen = read_choice(answer.text)
        if chosen.tool is not None:
            identity = _call_id(request, answer)
            written = answer.text if chosen.input_error is not None else None
            events.append(ToolCallEvent(identity, chosen.tool, chosen.arguments, chosen.input_error, written))
            stop_reason = "tool_calls" if stop_reason == "stop" else stop_reason
        elif chosen.text:
            events.append(TextDeltaEvent(chosen.text, chosen.text))
    finish = FinishEvent(
        stop_reason=stop_reason,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        cached_tokens=answer.cached_tokens,
        model=model,
        cost_usd=Decimal(0),
    )
    return [*events, finish]


def _call_id(request: ModelRequest, answer: Answer) -> str:
    """Return an id that is the same when the same conversation gives the same call again."""
    told = orjson.dumps([chat_messages(request), answer.text])
    return f"call_{sha256(told).hexdigest()[:16]}"
