"""Asking git: no shell, no hooks, no foreign programs, bounded in time and size."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.errors import InputError

from .config import GIT_TIMEOUT_S

if TYPE_CHECKING:
    from pathlib import Path

# A repository may name programs and servers for git to use; these leave none of them.
_SAFE = (
    "--no-pager", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "protocol.allow=never",
)  # fmt: skip
_KEPT = frozenset({"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"})
_FIXED = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_CHUNK_BYTES = 65_536
_MOST_ERROR_BYTES = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What git said; ``is_cut`` if it had more to say than was asked for."""

    code: int
    output: bytes
    error: str
    is_cut: bool = False


class Repository:
    """A git repository on this machine, only read."""

    def __init__(self, path: Path, *, timeout_s: float = GIT_TIMEOUT_S) -> None:
        """Ask in the folder ``path``; every question may take ``timeout_s``."""
        self._path = path
        self._timeout_s = timeout_s

    async def ask(self, *arguments: str, most_bytes: int = _CHUNK_BYTES) -> Answer:
        """Run one git command and return what it says.

        Raises:
            InputError: if git is not installed or takes too long.
        """
        process = await self._start(arguments)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await _heard(process, most_bytes)
        except TimeoutError as error:
            raise InputError(
                f"git {arguments[0]} took longer than {self._timeout_s:g} s in {str(self._path)!r}; "
                "name a smaller range or limit."
            ) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _start(self, arguments: tuple[str, ...]) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                "git",
                *_SAFE,
                *arguments,
                cwd=self._path,
                env=_environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except FileNotFoundError as error:
            raise InputError("git is not installed, or not on the PATH; install it.") from error


async def _heard(process: asyncio.subprocess.Process, most_bytes: int) -> Answer:
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.TaskGroup() as group:
        error = group.create_task(_beginning(process.stderr))
        output = await _read(process.stdout, most_bytes)
        if is_cut := len(output) > most_bytes:
            process.kill()
    code = await process.wait()
    said = error.result().decode(errors="replace").strip()
    return Answer(code=0 if is_cut else code, output=output[:most_bytes], error=said, is_cut=is_cut)


async def _read(stream: asyncio.StreamReader, most_bytes: int) -> bytes:
    """Return what the stream holds, up to a little more than ``most_bytes``."""
    parts: list[bytes] = []
    size = 0
    while size <= most_bytes and (part := await stream.read(_CHUNK_BYTES)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


async def _beginning(stream: asyncio.StreamReader) -> bytes:
    """Return the beginning of what the stream holds; the rest is read, so that git never waits."""
    kept = b""
    while part := await stream.read(_CHUNK_BYTES):
        kept += part[: _MOST_ERROR_BYTES - len(kept)]
    return kept


def _environment() -> dict[str, str]:
    """Return the environment without what would send git to another repository."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in _KEPT}
    return own | _FIXED
