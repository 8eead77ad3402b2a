"""Judging one event: what it is known by, and what it is refused for."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from hive.control.domain.json_text import OddNumber
from hive.control.domain.judging import LARGEST_EVENT, Judged, Refused, judge
from tests.support.sdk_events import metric

NOW = datetime.now(UTC)


def judged(raw: object) -> Judged:
    found = judge(raw, NOW)
    assert isinstance(found, Judged)
    return found


@pytest.mark.parametrize("number", range(32))
def test_a_call_without_an_id_is_known_by_its_trace_and_span(number: int) -> None:
    found = judged(metric(NOW, trace_id="t", span_id=f"s-{number}"))
    digest = sha256(f"metric\0t\0s-{number}".encode()).digest()
    assert found.event_id == UUID(bytes=digest[:16], version=5).hex


def test_the_id_of_a_sender_counts_however_it_is_written() -> None:
    own = uuid4()
    for written in (str(own), own.hex, own.urn, str(own).upper()):
        assert judged({**metric(NOW), "event_id": written}).event_id == own.hex


@pytest.mark.parametrize("changes", [{"error": "\0"}, {"metadata": {"a": ["\ud800"]}}, {"\0": 1}])
def test_a_text_that_cannot_be_kept_is_refused(changes: dict[str, Any]) -> None:
    found = judge(metric(NOW, **changes), NOW)
    assert isinstance(found, Refused)
    assert "cannot keep" in found.reason


def test_a_text_that_only_looks_like_that_counts() -> None:
    assert judged(metric(NOW, error="\\u0000 and \\ud800")).event_id


def test_what_is_nested_too_deeply_after_an_odd_number_is_refused() -> None:
    deep: list[object] = []
    for _ in range(20_000):
        deep = [deep]
    found = judge([OddNumber("NaN"), deep], NOW)
    assert isinstance(found, Refused)
    assert found.reason == "The event is nested too deeply."


def test_a_large_event_is_refused_for_its_size_before_its_odd_number_is_looked_for() -> None:
    found = judge([[]] * LARGEST_EVENT + [OddNumber("NaN")], NOW)
    assert isinstance(found, Refused)
    assert found.reason == f"The event is larger than {LARGEST_EVENT} bytes."
