"""Where an error was raised that a node's own code raised."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from framework import errors
from framework.errors import FrameworkError
from framework.journal.raised import RAISED_AT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

_OWN = str(Path(errors.__file__).parent)
_INSTALLED = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))


def raised_facts(error: BaseException) -> dict[str, str]:
    """Return the meta facts of an entry that tells of ``error``: the file and line of the user's code.

    They stand outside the hash: a line number changes with every edit. There are
    none of an error of the framework, whose message says all.
    """
    if isinstance(error, FrameworkError):
        return {}
    frames = [(frame, line) for frame, line in _frames(error.__traceback__) if not _is_below(frame, _OWN)]
    own = [each for each in frames if not any(_is_below(each[0], folder) for folder in _INSTALLED)]
    last = next(reversed(own or frames), None)
    return {RAISED_AT: f"{_file(last[0])}:{last[1]}" if last else ""}


def _frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith("<"):
            yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def _is_below(frame: FrameType, folder: str) -> bool:
    return Path(frame.f_code.co_filename).is_relative_to(folder)


def _file(frame: FrameType) -> str:
    """Return the file as it is called inside its package: ``nodes/count.py``."""
    path = Path(frame.f_code.co_filename)
    depth = str(frame.f_globals.get("__name__", "")).count(".") + (path.name == "__init__.py")
    return "/".join(path.parts[-max(depth, 1) :])
