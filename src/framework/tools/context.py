"""What the framework tells a tool about the call it serves; a model never sees or sets it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from framework.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Generator

FileListener = Callable[[str, bytes], Awaitable[None] | None]


def ignore_file(name: str, content: bytes) -> None:
    """Take note of nothing: the listener of a context that nobody listens to."""
    del name, content


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """The run's side of one tool call.

    A function asks for it by a parameter annotated ``ToolContext``.

    Attributes:
        data_dir: the folder of the run's files; None when the run stores nothing.
        on_file_written: told the name and the whole content of every file written.
        idempotency_key: the same for every repetition of the same call.
        max_result_chars: the longest result the conversation keeps whole.
    """

    run_id: str = ""
    node_id: str = ""
    data_dir: Path | None = None
    on_file_written: FileListener = ignore_file
    idempotency_key: str = ""
    max_result_chars: int = 3000


_current: ContextVar[ToolContext] = ContextVar("framework_tool_context")


def current_tool_context() -> ToolContext:
    """Return the context of the call being served.

    Raises:
        ToolError: outside a tool call.
    """
    try:
        return _current.get()
    except LookupError:
        raise ToolError(
            "No tool call is being served here; call the tool through call_tool, which sets its context."
        ) from None


@contextmanager
def serving(context: ToolContext) -> Generator[None]:
    """Make ``context`` the current one inside the block."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
