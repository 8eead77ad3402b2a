"""The stdio transport: a server as a child process, its output bounded, its end certain."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process, SubprocessStreamProtocol
from typing import TYPE_CHECKING

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import (
    INTERNAL_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCRequest,
    jsonrpc_message_adapter,
)

from framework.tools.mcp.lines import LineCutter, LongLine
from framework.tools.mcp.link import MAX_MESSAGE_BYTES, Link

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.client._transport import TransportStreams

    from framework.tools.mcp.launch import Launch

    _Incoming = MemoryObjectSendStream[SessionMessage | Exception]

_CHUNK_BYTES = 64 * 1024
_MAX_DROPPED_BYTES = 16 * MAX_MESSAGE_BYTES
_MAX_COMPLAINTS = 3
_MAX_QUESTIONS = 1000
_WRITE_TIMEOUT_S = 30.0
_EXIT_GRACE_S = 1.0
_KILL_GRACE_S = 2.0
_LAST_WORDS_S = 0.3
_POLL_S = 0.01
_ANSWER_ID = re.compile(
    rb'\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15})\s*,\s*"(?:result|error)"'
)

_log = logging.getLogger("framework.tools.mcp")


@contextlib.asynccontextmanager
async def stdio_streams(launch: Launch, link: Link) -> AsyncGenerator[TransportStreams]:
    """Start the server and give the streams of its messages; at the end it is gone, whatever it does.

    Raises:
        OSError: if it cannot be started.
    """
    child = await _Child.start(launch)
    to_session, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, from_session = anyio.create_memory_object_stream[SessionMessage](0)
    tasks = [
        asyncio.create_task(_read(child, to_session, link)),
        asyncio.create_task(_write(child, from_session, link)),
        asyncio.create_task(_listen(child, link)),
    ]
    listener = tasks[-1]
    try:
        yield incoming, outgoing
    finally:
        for stream in (incoming, outgoing, to_session, from_session):
            stream.close()
        try:
            await child.stop()
            child.kill()
            await child.has_ended(_KILL_GRACE_S)
            await asyncio.wait({listener}, timeout=_LAST_WORDS_S)
        finally:
            child.kill()
            child.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


class _Child:
    """The process of a server, in a process group of its own."""

    def __init__(self, process: Process, transport: asyncio.SubprocessTransport) -> None:
        self._transport = transport
        self.process = process

    @classmethod
    async def start(cls, launch: Launch) -> _Child:
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.subprocess_exec(
            lambda: SubprocessStreamProtocol(limit=_CHUNK_BYTES, loop=loop),
            launch.command,
            *launch.args,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=launch.cwd,
            env=launch.environment,
            start_new_session=True,
        )
        return cls(Process(transport, protocol, loop), transport)

    async def stop(self) -> None:
        """Ask it to end by closing its input, then by SIGTERM; each time wait a moment."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        if not await self.has_ended(_EXIT_GRACE_S):
            self._signal(signal.SIGTERM)
            await self.has_ended(_EXIT_GRACE_S)

    def kill(self) -> None:
        """End whatever is left of the process and of those it started."""
        self._signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)

    def close(self) -> None:
        """Let go of its pipes, which processes it left behind may hold open."""
        self._transport.close()

    async def has_ended(self, within_s: float) -> bool:
        """Whether it ended within some seconds; its pipes may outlive it in its own children."""
        now = asyncio.get_running_loop().time
        deadline = now() + within_s
        while self.process.returncode is None and now() < deadline:  # noqa: ASYNC110  (wait() waits for pipes, too)
            await asyncio.sleep(_POLL_S)
        return self.process.returncode is not None

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                self.process.send_signal(number)
            else:
                os.killpg(self.process.pid, number)


async def _read(child: _Child, to_session: _Incoming, link: Link) -> None:
    stdout = child.process.stdout
    assert stdout is not None  # noqa: S101  (started with a pipe)
    cutter = LineCutter(MAX_MESSAGE_BYTES)
    parser = _Parser(link)
    with to_session, contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        while chunk := await stdout.read(_CHUNK_BYTES):
            for line in cutter.feed(chunk):
                message = parser.message(line)
                if message is not None:
                    await to_session.send(message)
            if cutter.dropped > _MAX_DROPPED_BYTES:
                link.lose(f"it sent a line of more than {_MAX_DROPPED_BYTES} bytes")
            if link.lost.is_set():
                return
        link.lose(await _end_of(child))


async def _end_of(child: _Child) -> str:
    if await child.has_ended(_EXIT_GRACE_S):
        return f"it ended with exit code {child.process.returncode}"
    return "it closed its output"


async def _write(child: _Child, from_session: MemoryObjectReceiveStream[SessionMessage], link: Link) -> None:
    stdin = child.process.stdin
    assert stdin is not None  # noqa: S101  (started with a pipe)
    try:
        async for message in from_session:
            stdin.write(message.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
            await asyncio.wait_for(stdin.drain(), _WRITE_TIMEOUT_S)
            if not isinstance(message.message, (JSONRPCRequest, JSONRPCNotification)):
                link.questions -= 1
    except (ConnectionError, TimeoutError):
        await child.has_ended(_POLL_S)
        link.lose("it takes no more input" if child.process.returncode is None else await _end_of(child))


async def _listen(child: _Child, link: Link) -> None:
    stderr = child.process.stderr
    assert stderr is not None  # noqa: S101  (started with a pipe)
    cutter = LineCutter(_CHUNK_BYTES)
    while chunk := await stderr.read(_CHUNK_BYTES):
        for line in cutter.feed(chunk):
            link.hear((line.head if isinstance(line, LongLine) else line).decode(errors="replace"))


class _Parser:
    """Makes messages of lines; what is none is dropped, with a word in the log for the first few."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._complaints = 0

    def message(self, line: bytes | LongLine) -> SessionMessage | None:
        if isinstance(line, LongLine):
            return self._answer_to_long(line)
        if not line.strip():
            return None
        try:
            message = jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValueError:
            self._complain("mcp_line_is_no_message", len(line))
            return _failed_answer(line, "its answer is not what the protocol asks for")
        self._count(message)
        return SessionMessage(message)

    def _count(self, message: object) -> None:
        """Bound the questions of a server that asks on and does not read the answers."""
        if isinstance(message, JSONRPCRequest):
            self._link.questions += 1
            if self._link.questions > _MAX_QUESTIONS:
                self._link.lose(f"it asked {_MAX_QUESTIONS} questions without reading the answers")

    def _answer_to_long(self, line: LongLine) -> SessionMessage | None:
        """Return an error to the call that the line answers; a line that answers none ends the connection."""
        self._complain("mcp_line_too_long", line.size)
        most = f"{line.size} bytes and {MAX_MESSAGE_BYTES} are the most"
        answer = _failed_answer(line.head, f"its answer has {most}; ask for less")
        if answer is None:
            self._link.lose(f"it sent a line of {most}")
        return answer

    def _complain(self, event: str, size: int) -> None:
        self._complaints += 1
        if self._complaints <= _MAX_COMPLAINTS:
            _log.info(event, extra={"bytes": size})


def _failed_answer(line: bytes, reason: str) -> SessionMessage | None:
    """Return an error to the call that a line answers, as its beginning tells; None if it tells none."""
    answered = _ANSWER_ID.match(line)
    if answered is None:
        return None
    error = ErrorData(code=INTERNAL_ERROR, message=reason)
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=int(answered[1]), error=error))
