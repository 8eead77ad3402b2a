"""Pins, and the file that keeps them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import ToolError
from framework.model.tool import Effect, Risk
from framework.tools.mcp.pins import PinFile, ToolPin, difference, pin_of

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}}


def pin(
    description: str = "Does it.",
    schema: Any = SCHEMA,
    *,
    server: str = "web",
    effect: Effect = Effect.ONCE,
    risk: Risk = Risk.HIGH,
) -> ToolPin:
    return pin_of(server, "tool", description, schema, effect=effect, risk=risk)


def test_a_pin_does_not_depend_on_the_order_of_keys() -> None:
    turned = {"properties": {"b": {}, "a": {"type": "string"}}, "type": "object"}

    assert pin() == pin(schema=turned)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (pin(), None),
        (pin("Other."), "its description changed"),
        (pin(schema={}), "its input schema changed"),
        (pin("Other.", {}), "its description and its input schema changed"),
        (pin(effect=Effect.NONE), "what it says about its effects changed"),
        (
            pin("Other.", {}, risk=Risk.LOW),
            "its description, its input schema and what it says about its effects changed",
        ),
        (pin(server="evil"), "it was the tool 'tool' of 'web' and is 'tool' of 'evil'"),
        (None, "its server no longer offers it"),
    ],
)
def test_a_difference_is_said_in_words(now: ToolPin | None, words: str | None) -> None:
    assert difference(pin(), now) == words


def test_the_first_run_trusts_and_later_ones_keep_what_it_found(tmp_path: Path) -> None:
    pins = PinFile(tmp_path / "agent" / "mcp_pins.json")

    assert pins.trust_new({"a": pin()}) == {"a": pin()}
    assert pins.trust_new({"a": pin("Other."), "b": pin("New.")}) == {"a": pin(), "b": pin("New.")}
    assert PinFile(pins.path).read() == {"a": pin(), "b": pin("New.")}


def test_approving_pins_what_is_there_now(tmp_path: Path) -> None:
    pins = PinFile(tmp_path / "mcp_pins.json")
    pins.trust_new({"a": pin(), "b": pin()})

    pins.approve({"a": pin("Other."), "b": pin("Other.")}, ["a"])

    assert pins.read() == {"a": pin("Other."), "b": pin()}


def test_a_tool_that_nobody_offers_is_not_approved(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"The tool 'x' is not available\. Available tools are: a"):
        PinFile(tmp_path / "mcp_pins.json").approve({"a": pin()}, ["x"])


@pytest.mark.parametrize("content", ["{", "[]", '{"tools": {"a": {}}}'])
def test_damaged_pins_are_not_taken_for_none(content: str, tmp_path: Path) -> None:
    file = tmp_path / "mcp_pins.json"
    file.write_text(content)

    with pytest.raises(ToolError, match="cannot be read"):
        PinFile(file).trust_new({"a": pin()})


def test_a_pin_of_the_first_format_counts_as_changed(tmp_path: Path) -> None:
    old = pin().model_dump(exclude={"effect", "risk"}) | {"sha256": "0" * 64}
    file = tmp_path / "mcp_pins.json"
    file.write_text(json.dumps({"version": 1, "tools": {"a": old}}))

    pinned = PinFile(file).read()["a"]

    assert difference(pinned, pin()) == "what it says about its effects changed"


def test_what_another_process_pinned_meanwhile_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "mcp_pins.json"
    names = [f"tool{number}" for number in range(8)]

    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(lambda name: PinFile(file).trust_new({name: pin()}), names))

    assert sorted(PinFile(file).read()) == names


def test_a_field_that_is_not_known_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "mcp_pins.json"
    file.write_text(json.dumps({"version": 2, "tools": {}, "note": "mine"}))

    PinFile(file).trust_new({"a": pin()})

    assert json.loads(file.read_text())["note"] == "mine"


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "mcp_pins.json"
    file.write_text(json.dumps({"version": 3, "tools": {}}))

    with pytest.raises(ToolError, match="has the version 3 and this program reads up to 2"):
        PinFile(file).read()
