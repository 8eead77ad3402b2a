"""Every field survives the wire; what nobody knows is kept; what cannot be is refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from hive.protocol import ContentRef, MetricEvent, PolicyDocument, RefusedEvent, read_event
from hive.protocol.content import CapturedMessage
from hive.protocol.policy import PolicyWish
from tests.support.wire_samples import EVENTS, POLICY, REF

METRIC = EVENTS["metric"]


def unset_fields(model: BaseModel) -> list[str]:
    """Return the fields that a model, or one inside it, was not given."""
    missing = [
        f"{type(model).__name__}.{name}" for name in type(model).model_fields.keys() - model.model_fields_set
    ]
    for name in type(model).model_fields:
        value = getattr(model, name)
        inner = value if isinstance(value, list) else [value]
        missing += [found for each in inner if isinstance(each, BaseModel) for found in unset_fields(each)]
    return missing


@pytest.mark.parametrize("event_type", EVENTS)
def test_every_field_survives_a_round_trip(event_type: str) -> None:
    event = read_event(EVENTS[event_type])
    assert not isinstance(event, RefusedEvent), event
    assert unset_fields(event) == []
    assert event.written() == EVENTS[event_type]


def test_a_policy_survives_a_round_trip() -> None:
    policy = PolicyDocument.model_validate(POLICY)
    assert unset_fields(policy) == []
    assert policy.written() == POLICY


@pytest.mark.parametrize("event_type", EVENTS)
def test_unknown_fields_are_kept(event_type: str) -> None:
    raw = {**EVENTS[event_type], "from_the_future": {"deep": [1, None]}}
    if "data" in raw:
        raw["data"] = {**raw["data"], "newer": "field"}
    event = read_event(raw)
    assert not isinstance(event, RefusedEvent)
    assert event.written() == raw


def test_content_sent_apart_is_known_as_such_wherever_it_is_nested() -> None:
    event = read_event(METRIC)
    assert isinstance(event, MetricEvent)
    assert event.data.content_capture is not None
    [message] = event.data.content_capture.messages or []
    assert isinstance(message, CapturedMessage)
    assert message.content == ContentRef.model_validate(REF)


def test_what_an_sdk_leaves_out_is_not_made_up() -> None:
    raw = {
        "event_type": "metric",
        "timestamp": "2026-01-31T12:00:00+00:00",
        "sdk_instance_id": "i",
        "data": {"trace_id": "t", "span_id": "s", "provider": "openai", "model": "gpt-4o"},
    }
    event = read_event(raw)
    assert not isinstance(event, RefusedEvent)
    assert event.written()["data"] == raw["data"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"event_type": "gossip"}, "event"),
        ({"timestamp": "2026-01-31T12:00:00"}, "metric.timestamp"),
        ({"timestamp": "soon"}, "metric.timestamp"),
        ({"sdk_instance_id": ""}, "metric.sdk_instance_id"),
        ({"agent_name": "a\x00b"}, "metric.agent_name"),
        ({"event_id": "one"}, "metric.event_id"),
        ({"data": {**METRIC["data"], "input_tokens": -1}}, "metric.data.input_tokens"),
        ({"data": {**METRIC["data"], "input_tokens": 1e300}}, "metric.data.input_tokens"),
        ({"data": {**METRIC["data"], "latency_ms": float("nan")}}, "metric.data.latency_ms"),
        ({"data": {**METRIC["data"], "total_cost": float("inf")}}, "metric.data.total_cost"),
        ({"data": {**METRIC["data"], "model": "m" * 300}}, "metric.data.model"),
        ({"data": None}, "metric.data"),
    ],
)
def test_what_cannot_be_is_refused_and_says_where(change: dict[str, Any], place: str) -> None:
    refused = read_event({**METRIC, **change})
    assert isinstance(refused, RefusedEvent)
    assert refused.reason.startswith(f"{place}: ")


@pytest.mark.parametrize("raw", [None, 5, "metric", [], {}, {"event_type": None}])
def test_what_is_no_event_is_refused(raw: object) -> None:
    assert isinstance(read_event(raw), RefusedEvent)


def test_a_refusal_repeats_nothing_of_the_event() -> None:
    refused = read_event({**METRIC, "event_id": "hive_secret"})
    assert isinstance(refused, RefusedEvent)
    assert "hive_secret" not in refused.reason


def test_what_a_person_misspells_is_reported() -> None:
    with pytest.raises(ValueError, match="limitt"):
        PolicyWish.model_validate({"budget": {"limit": 5, "limitt": 6}})
