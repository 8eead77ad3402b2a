"""Logs are JSON lines with facts."""

from __future__ import annotations

import json
import logging
import sys

from hive.control.app.logs import JsonLines


def test_a_record_is_one_line_of_its_facts() -> None:
    record = logging.makeLogRecord(
        {"name": "hive.control", "levelname": "INFO", "msg": "request", "status": 200, "created": 0.0}
    )
    line = JsonLines().format(record)
    assert json.loads(line) == {
        "at": "1970-01-01T00:00:00.000+00:00", "level": "info", "logger": "hive.control", "event": "request",
        "status": 200,
    }  # fmt: skip


def test_a_traceback_stays_in_its_line() -> None:
    try:
        raise ValueError("no\nway")
    except ValueError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    line = JsonLines().format(record)
    assert "\n" not in line
    assert "ValueError: no" in json.loads(line)["traceback"]
