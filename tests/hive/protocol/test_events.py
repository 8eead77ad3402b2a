"""Every field survives the wire; what nobody knows is kept; what cannot be is refused with a reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from hive.protocol import ContentRef, MetricEvent, PolicyDocument, RefusedEvent, read_event
from hive.protocol.content import CapturedMessage
from hive.protocol.policy import PolicyWish
from tests.support.wire_samples import EVENTS, POLICY, REF

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        ({"event_type": "gossip"}, "event_type"),
        ({"timestamp": "2026-01-31T12:00:00"}, "timestamp"),
        ({"timestamp": "soon"}, "timestamp"),
        ({"sdk_instance_id": ""}, "sdk_instance_id"),
        ({"agent_name": "a\x00b"}, "agent_name"),
        ({"event_id": "one"}, "event_id"),
        ({"data": {**METRIC["data"], "input_tokens": -1}}, "data.input_tokens"),
        ({"data": {**METRIC["data"], "input_tokens": 1e300}}, "data.input_tokens"),
        ({"data": {**METRIC["data"], "latency_ms": float("nan")}}, "data.latency_ms"),
        ({"data": {**METRIC["data"], "total_cost": float("inf")}}, "data.total_cost"),
        ({"data": {**METRIC["data"], "model": "m" * 300}}, "data.model"),
        ({"data": None}, "data"),
    ],
)
def test_what_cannot_be_is_refused_and_says_where(change: dict[str, Any], place: str) -> None:
    refused = read_event({**METRIC, **change})
    assert isinstance(refused, RefusedEvent)
    assert refused.reason.startswith(f"{place}: ")


FREE = {"content", "detail", "fields", "reasoning"}
"""Fields that take any JSON."""


def numbers_in(value: object, *place: int | str) -> Iterator[tuple[int | str, ...]]:
    """Give the places of all numbers of an event that a rule knows."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in FREE:
                yield from numbers_in(each, *place, name)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from numbers_in(each, *place, number)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield place


@pytest.mark.parametrize(
    ("event_type", "place"),
    [(event_type, place) for event_type, event in EVENTS.items() for place in numbers_in(event)],
)
@pytest.mark.parametrize("said", [True, False])
def test_true_and_false_are_no_numbers(event_type: str, place: tuple[int | str, ...], *, said: bool) -> None:
    raw = json.loads(json.dumps(EVENTS[event_type]))  # The samples share their parts.
    inner: Any = raw
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = said
    refused = read_event(raw)
    assert isinstance(refused, RefusedEvent)
    at = ".".join(map(str, place))
    assert refused.reason in {f"{at}: Input should be {what}" for what in ("a number", "a whole number")}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"messages": 5}, "messages: Input should be an object or an array"),
        ({"messages": [{"role": 5}]}, "messages.0.role: Input should be a string"),
        ({"system_prompt": 5}, "system_prompt: Input should be an object or a string"),
        (
            {"system_prompt": {**REF, "byte_size": "x"}},
            "system_prompt.byte_size: Input should be a whole number",
        ),
        ({"params": {"stop": {}}}, "params.stop: Input should be an array or a string"),
        ({"params": {"top_p": "NaN"}}, "params.top_p: Input should be a finite number"),
        ({"has_images": "maybe"}, "has_images: Input should be true or false"),
        ([], "Input should be an object"),
    ],
)
def test_a_refusal_speaks_of_json(change: object, reason: str) -> None:
    refused = read_event({**METRIC, "data": {**METRIC["data"], "content_capture": change}})
    assert isinstance(refused, RefusedEvent)
    at = "data.content_capture" + (": " if reason.startswith("Input") else ".")
    assert refused.reason == f"{at}{reason}"


def test_an_event_of_no_kind_is_told_which_there_are() -> None:
    refused = read_event({"event_type": "gossip"})
    kinds = "metric, trace, decision, log, comm, control, heartbeat, error"
    assert refused == RefusedEvent(reason=f"event_type: Input should be one of {kinds}")


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
