"""Entry points are checked against the graph before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from framework.runtime.entry_point import EntryPointSpec, check_entry_points
from tests.support.runtimes import entry
from tests.support.walked_graphs import graph, node

GRAPH = graph([node("work")])
HOOK = {"path": "/x", "secret": "A"}


def rules(*specs: EntryPointSpec) -> list[str]:
    return [finding.rule for finding in check_entry_points(specs, GRAPH)]


def test_sound_entry_points_have_no_findings() -> None:
    assert (
        rules(
            entry("a"),
            entry("b", trigger_type="timer", trigger_config={"interval_s": 5, "run_immediately": True}),
            entry(
                "c", trigger_type="cron", trigger_config={"cron": "0 0 * * *", "timezone": "UTC", "input": {}}
            ),
            entry("d", trigger_type="webhook", trigger_config=HOOK),
            entry("e", trigger_type="webhook", trigger_config=HOOK | {"path": "/y"}),
            EntryPointSpec("f", "By position", "work", "api"),
        )
        == []
    )


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"name": "a b"}, "entry-point-id"),
        ({"node_id": "nowhere"}, "unknown-entry-node"),
        ({"trigger_type": "pigeon"}, "trigger-type"),
        ({"isolation_level": "lonely"}, "isolation-level"),
        ({"max_concurrent": 0}, "max-concurrent"),
        ({"trigger_type": "timer"}, "trigger-config"),
        ({"trigger_type": "cron", "trigger_config": {"cron": "x"}}, "trigger-config"),
        ({"trigger_type": "webhook", "trigger_config": {"path": "/x"}}, "trigger-config"),
        ({"trigger_config": {"colour": "red"}}, "unknown-field"),
        ({"trigger_type": "webhook", "trigger_config": HOOK | {"colour": "red"}}, "unknown-field"),
    ],
)
def test_what_cannot_work_is_found(fields: dict[str, Any], rule: str) -> None:
    assert rules(entry(**fields)) == [rule]


def test_ids_and_paths_belong_to_one_entry_point_each() -> None:
    hook = {"trigger_type": "webhook", "trigger_config": HOOK}
    assert rules(entry("a"), entry("a")) == ["duplicate-entry-point"]
    assert rules(entry("a", **hook), entry("b", **hook)) == ["duplicate-path"]
