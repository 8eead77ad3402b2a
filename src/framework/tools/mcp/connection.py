"""One connection to one server: made, held and lost in one task."""

from __future__ import annotations

import asyncio
import logging
import shlex
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, cast

from framework.credentials.failure_text import without_secrets
from framework.errors import McpServerError
from framework.tools.mcp.config import Transport
from framework.tools.mcp.launch import fill
from framework.tools.mcp.link import Link

if TYPE_CHECKING:
    from pathlib import Path

    from framework.tools.mcp.config import ServerConfig
    from framework.tools.mcp.launch import Credentials, Launch
    from framework.tools.mcp.remote_tool import RemoteTool
    from framework.tools.mcp.session import Session

_log = logging.getLogger("framework.tools.mcp")


class Connection:
    """One life of a server: from the attempt to connect to the loss of the connection.

    The session lives and ends in the one task that ``run`` is.

    Attributes:
        link: whether the connection is lost, and why.
        settled: set once it is up or failed.
        failure: why it never came up.
        session: the open session; None before it is up.
        launch: what the server was started or reached with.
    """

    def __init__(self, config: ServerConfig) -> None:
        """Connect to nothing yet; ``run`` does."""
        self.link = Link()
        self.settled = asyncio.Event()
        self.failure: McpServerError | None = None
        self.session: Session | None = None
        self.launch: Launch | None = None
        self._config = config
        self._changes = 0
        self._listed_at = -1
        self._tools: tuple[RemoteTool, ...] = ()
        self._listing = asyncio.Lock()

    @property
    def is_up(self) -> bool:
        """Whether calls can be made."""
        return self.session is not None and not self.link.lost.is_set()

    async def run(self, credentials: Credentials, folder: Path | None) -> None:
        """Connect, and hold the connection until it is lost."""
        try:
            self.launch = fill(self._config, credentials=credentials, folder=folder)
            async with AsyncExitStack() as stack:
                self.session = await self._open(stack, self.launch)
                self.settled.set()
                await self.link.lost.wait()
        except Exception as error:  # noqa: BLE001  (the boundary of the task: whoever waits for it is told)
            self._fail(_leaf(error))
        finally:
            self.link.lose("it was closed")
            self.settled.set()

    async def tools(self) -> tuple[RemoteTool, ...]:
        """Return the tools as the server has them now, asking only if they may have changed.

        Raises:
            McpServerError: if the server gives no list.
            TimeoutError: if it gives none in time.
        """
        async with self._listing:
            session = self.session
            if session is not None and (not session.announces_changes or self._listed_at != self._changes):
                seen = self._changes
                async with asyncio.timeout(self._config.connect_timeout_s):
                    self._tools = await session.list_tools()
                self._listed_at = seen
            return self._tools

    async def _open(self, stack: AsyncExitStack, launch: Launch) -> Session:
        try:
            from framework.tools.mcp.session import open_session  # noqa: PLC0415  (an optional dependency)
        except ImportError as error:
            raise McpServerError(
                f"The MCP server {self._config.name!r} needs the MCP SDK ({error}); "
                "install it: pip install 'hive-agents[mcp]'."
            ) from error
        try:
            async with asyncio.timeout(self._config.connect_timeout_s):
                session = await open_session(
                    stack, self._config, launch, self.link, on_change=self._note_change
                )
                self._tools = await session.list_tools()
        except BaseException as error:
            self.link.lose(_reason(_leaf(error), self._config))
            raise
        self._listed_at = 0
        return session

    def redacted(self, text: str) -> str:
        """Return ``text`` without the credentials the server was given."""
        return self.launch.known.redacted(text) if self.launch is not None else text

    def failure_text(self, text: str) -> str:
        """Return a text that tells of a failure without any secret."""
        return without_secrets(self.redacted(text))

    def _note_change(self) -> None:
        self._changes += 1

    def _fail(self, error: BaseException) -> None:
        """Keep why connecting failed; a connection that was up says by its link why it is lost."""
        self.link.lose(_reason(error, self._config))
        if self.session is not None:
            _log.warning("mcp_connection_failed", extra={"server": self._config.name})
        elif isinstance(error, McpServerError) and error.server is not None:
            self.failure = error
        else:
            self.failure = McpServerError(self._sentence(), server=self._config.name)

    def _sentence(self) -> str:
        config = self._config
        verb = "started with" if config.transport == Transport.STDIO else "reached at"
        sentence = (
            f"The MCP server {config.name!r} could not be {verb} {_shown(config)!r}: {self.link.reason}."
        )
        words = self.link.last_words(self.failure_text)
        if words:
            sentence += f" Its last words:\n{words}"
        return self.failure_text(sentence)


def _shown(config: ServerConfig) -> str:
    if config.transport == Transport.STDIO:
        return shlex.join([config.command, *config.args])
    return config.address


def _leaf(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


def _reason(error: BaseException, config: ServerConfig) -> str:
    if isinstance(error, FileNotFoundError):
        missing = error.filename or config.command
        return f"there is no {str(missing)!r}; install it, or correct its path"
    if isinstance(error, TimeoutError):
        return f"it did not answer within {config.connect_timeout_s:g} s"
    return (str(error) or type(error).__name__).rstrip(".")
