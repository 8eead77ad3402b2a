"""What the framework tells a tool about the call it serves; a model never sees or sets it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from framework.credentials.base import check_value
from framework.credentials.tracked import NO_CREDENTIALS, TrackedCredentials
from framework.errors import CredentialError, ToolError

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
        tool: name of the tool that is called.
        call_id: the model's name for the call, which tells it from others of its conversation.
        lane_id: the lane of the node that made the call.
        credential_names: the credentials the tool named.
        credentials: gives them, and takes them out of what the tool returns, raises and prints.
    """

    run_id: str = ""
    node_id: str = ""
    data_dir: Path | None = None
    on_file_written: FileListener = ignore_file
    idempotency_key: str = ""
    max_result_chars: int = 3000
    tool: str = ""
    call_id: str = ""
    lane_id: str = ""
    credential_names: tuple[str, ...] = ()
    credentials: TrackedCredentials = NO_CREDENTIALS

    def credential(self, name: str) -> str:
        """Return the value of a credential that the tool named.

        Raises:
            ToolError: if the tool did not name it, or it is not configured or cannot be used.
        """
        if name not in self.credential_names:
            raise ToolError(
                f"The tool {self.tool!r} asked for a credential it did not name; "
                f"add it to its decorator, @tool(credentials=(...)): {name!r}."
            )
        try:
            value = self.credentials.get(name)
            if value is not None:
                return check_value(name, value)
        except CredentialError as error:
            raise ToolError(str(error)) from None
        raise ToolError(
            f"The tool {self.tool!r} needs the credential {name!r}, which is not configured; "
            f"a person can set it with: hive credentials set {name}"
        )


_current: ContextVar[ToolContext] = ContextVar("framework_tool_context")
_made: ContextVar[str] = ContextVar("framework_tool_call_made")


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


def context_if_serving() -> ToolContext | None:
    """Return the context of the call being served; None outside a tool call."""
    return _current.get(None)


def is_making(variables: Context, idempotency_key: str) -> bool:
    """Whether code that sees these context variables makes the call of a key, and not only looks at it."""
    return variables.get(_made) == idempotency_key


@contextmanager
def serving(context: ToolContext) -> Generator[None]:
    """Make ``context`` the current one inside the block."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def making(context: ToolContext) -> Generator[None]:
    """Make ``context`` the current one inside the block, which makes its call; probes and guards do not."""
    token = _made.set(context.idempotency_key)
    try:
        with serving(context):
            yield
    finally:
        _made.reset(token)
