"""Logs are JSON lines with facts."""

from __future__ import annotations

import json
import logging
import sys

from hive.control.app.logs import JsonLines
from hive.errors import UnavailableError


def test_a_record_is_one_line_of_its_facts() -> None:
    record = logging.makeLogRecord(
        {"name": "hive.control", "levelname": "INFO", "msg": "request", "status": 200, "created": 0.0}
    )
    line = JsonLines().format(record)
    assert json.loads(line) == {
        "at": "1970-01-01T00:00:00.000+00:00", "level": "info", "logger": "hive.control", "event": "request",
        "status": 200,
    }  # fmt: skip


def test_a_traceback_stays_in_its_line_and_repeats_no_words_that_are_not_ours() -> None:
    said = "the body\nsaid " + "sk-" + "secret"
    try:
        try:
            raise ExceptionGroup("several", [ValueError(said)])
        except ExceptionGroup as error:
            raise UnavailableError("The database is away.") from error
    except UnavailableError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    line = JsonLines().format(record)
    told = json.loads(line)["traceback"]
    assert "\n" not in line
    assert "sk-secret" not in line
    assert "test_logs.py" in told
    assert [word in told for word in ("ValueError", "ExceptionGroup")] == [True, True]
    assert told.endswith("UnavailableError: The database is away.\n")
