"""The page on the control plane names every field of every kind of event, as the models have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hive.control.api.described import item_schemas
from hive.protocol import EventType
from tests.support.pages import ROOT, table_after

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = (ROOT / "docs" / "control-plane.md").read_text(encoding="utf-8")
SCHEMAS = item_schemas()
FRAME = ["timestamp", "sdk_instance_id", "agent_name", "event_id", "protocol_version", "event_type"]


def named(reference: str) -> dict[str, Any]:
    return SCHEMAS[reference.rpartition("/")[2]]


EVENTS = {kind: named(SCHEMAS["Event"]["discriminator"]["mapping"][kind]) for kind in EventType}
IN_DATA = [kind for kind, schema in EVENTS.items() if "data" in schema["properties"]]


def row_of(kind: EventType) -> list[str]:
    """Return the row of a kind: its fields that must be there, and its others."""
    schema, frame = EVENTS[kind], FRAME
    if kind in IN_DATA:
        schema, frame = named(schema["properties"]["data"]["$ref"]), []
    own = [name for name in schema["properties"] if name not in frame]
    required = [name for name in own if name in schema["required"]]
    return [f"`{kind}`", listed(required), listed(name for name in own if name not in required)]


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def test_the_fields_of_every_kind_are_named() -> None:
    assert table_after(PAGE, "### Fields of events") == [row_of(kind) for kind in EventType]


def test_the_fields_of_all_events_are_named() -> None:
    text = PAGE.partition("### Fields of events")[2].partition("\n|")[0]
    assert [name for name in FRAME if f"`{name}`" not in text] == []
    assert f"{listed(IN_DATA)} has its own fields in `data`" in " ".join(text.split())
    assert {tuple(list(schema["properties"])[: len(FRAME)]) for schema in EVENTS.values()} == {tuple(FRAME)}


@pytest.mark.parametrize(
    ("schema", "field"), [("LogData", "level"), ("ControlEvent", "action"), ("HeartbeatEvent", "status")]
)
def test_the_words_of_closed_sets_are_named(schema: str, field: str) -> None:
    *others, last = (f"`{word}`" for word in SCHEMAS[schema]["properties"][field]["enum"])
    assert f"`{field}`" in PAGE
    assert f" {', '.join(others)} or {last}" in " ".join(PAGE.split())
