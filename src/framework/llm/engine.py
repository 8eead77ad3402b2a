"""The engine that runs GGUF weights inside this process.

``Engine`` is what the local provider needs; ``load_engine`` makes the real one
from the optional library of the extra ``local``. The library brings a server
of its own that listens on a random port of 127.0.0.1; it gets a random key
that nobody is told, so that only calls inside this process are answered.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from framework.errors import ModelNotFoundError, ProviderError
from framework.llm.bounded_schema import Schema

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

_SILENT = -1
_BATCH_TOKENS = 64
"""Tokens read between two chances to stop; larger batches are no faster on one thread."""

_CONVERSATIONS = 4
"""Conversations whose reading is kept: nodes that take turns do not read their long prompts anew."""

_COMPACT_JSON = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_REPEAT_PENALTY = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request in the words of the engine.

    Attributes:
        schema: JSON schema that the answer's text must follow, when given.
    """

    messages: Sequence[Mapping[str, str]]
    max_tokens: int
    schema: Schema | None = None
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One complete answer of the engine."""

    text: str
    stop_reason: str = "stop"
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


class Engine(Protocol):
    """Loaded weights; used by one thread at a time."""

    def answer(self, question: Question, on_piece: Callable[[str], bool]) -> Answer:
        """Answer, handing over each piece of text; a true return stops the answer there.

        Raises:
            ProviderError: when the weights cannot answer this question.
        """
        ...


class EngineLoader(Protocol):
    """Loads weights; slow, so it is called in a worker thread."""

    def __call__(self, path: Path, *, threads: int, context_tokens: int) -> Engine:
        """Return an engine that runs the weights at ``path``."""
        ...


def load_engine(path: Path, *, threads: int, context_tokens: int) -> Engine:
    """Load the weights at ``path``, without a word on the terminal.

    Raises:
        ModelNotFoundError: if the extra is not installed.
        ProviderError: if the file is not usable.
    """
    try:
        library = import_module("xllamacpp")
    except ImportError as error:
        raise ModelNotFoundError(
            "The local models need the extra 'local': pip install 'hive-agents[local]'"
        ) from error
    try:
        server = library.Server(_parameters(library, path, threads, context_tokens))
    except (RuntimeError, ValueError) as error:
        raise ProviderError(
            f"The weights at {str(path)!r} could not be loaded: the file is damaged, is not a GGUF model, "
            "or memory is short. Replace the file or lower the context."
        ) from error
    return _LibraryEngine(library, server)


def _parameters(library: ModuleType, path: Path, threads: int, context_tokens: int) -> object:
    parameters = library.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = context_tokens * _CONVERSATIONS
    parameters.n_parallel = _CONVERSATIONS
    parameters.n_batch = _BATCH_TOKENS
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.n_gpu_layers = 0
    parameters.verbosity = _SILENT
    parameters.warmup = False
    parameters.fit_params = False
    parameters.cache_ram_mib = 0
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.api_keys = [secrets.token_hex(32)]
    parameters.cors_origins = ""
    return parameters


class _LibraryEngine:
    def __init__(self, library: ModuleType, server: Any) -> None:
        self._library = library
        self._server = server

    def answer(self, question: Question, on_piece: Callable[[str], bool]) -> Answer:
        reading = _Reading(on_piece=on_piece)
        try:
            self._server.handle_chat_completions(self._body(question), reading.take)
        except (RuntimeError, ValueError) as error:
            raise ProviderError(f"The local model could not answer: {error}.") from error
        if reading.failure is not None:
            raise _engine_error(reading.failure)
        return reading.answer()

    def _body(self, question: Question) -> dict[str, Any]:
        body: dict[str, Any] = {
            "messages": list(question.messages),
            "max_tokens": question.max_tokens,
            "temperature": question.temperature,
            "seed": question.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,
        }
        if question.schema is None:
            return {**body, "repeat_penalty": _REPEAT_PENALTY}
        grammar = self._library.json_schema_to_grammar({"x-guidance": _COMPACT_JSON, **question.schema})
        return {**body, "grammar": grammar}


@dataclass(slots=True, kw_only=True)
class _Reading:
    """Collects the chunks of one answer; ``take`` is called from the engine's thread."""

    on_piece: Callable[[str], bool]
    failure: Mapping[str, Any] | None = None
    _pieces: list[str] = field(default_factory=list[str])
    _stop_reason: str = "stop"
    _usage: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def take(self, chunk: dict[str, Any]) -> bool:
        if "error" in chunk:
            self.failure = chunk["error"]
            return True
        self._usage = chunk.get("usage") or self._usage
        piece = ""
        for choice in chunk.get("choices", ()):
            piece = choice.get("delta", {}).get("content") or ""
            self._stop_reason = choice.get("finish_reason") or self._stop_reason
        self._pieces.append(piece)
        return self.on_piece(piece)

    def answer(self) -> Answer:
        details: Mapping[str, Any] = self._usage.get("prompt_tokens_details") or {}
        return Answer(
            text="".join(self._pieces),
            stop_reason=self._stop_reason,
            input_tokens=self._usage.get("prompt_tokens", 0),
            output_tokens=self._usage.get("completion_tokens", 0),
            cached_tokens=details.get("cached_tokens", 0),
        )


def _engine_error(failure: Mapping[str, Any]) -> ProviderError:
    if failure.get("type") == "exceed_context_size_error":
        return ProviderError(
            f"The conversation has {failure.get('n_prompt_tokens')} tokens and the local model reads at most "
            f"{failure.get('n_ctx')}; shorten it, or give the model a larger context."
        )
    return ProviderError(f"The local model could not answer: {failure.get('message', failure)}.")
