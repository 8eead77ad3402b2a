"""The chain of the audit log: every change, gap and cut is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from hive.control.domain.audit import START, AuditEntry, Chain, Head, Sealed, seal
from hive.control.domain.ids import TeamId

MOMENT = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
TEAM = TeamId(uuid4())


def chain(length: int) -> tuple[list[Sealed], Head]:
    entries: list[Sealed] = []
    before = START
    for seq in range(1, length + 1):
        entry = AuditEntry(
            team_id=TEAM, seq=seq, occurred_at=MOMENT, actor="operator", action="key.made",
            subject=f"key {seq}", details={"name": "k"},
        )  # fmt: skip
        entries.append(seal(entry, before))
        before = entries[-1].hash
    return entries, Head(seq=length, hash=before)


def first_fault(entries: list[Sealed], head: Head) -> int | None:
    followed = Chain()
    for entry in entries:
        followed.follow([entry])
    return followed.fault_before(head)


@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_whole_chain_has_no_fault(length: int) -> None:
    assert first_fault(*chain(length)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "nobody"}, {"action": "key.revoked"}, {"subject": "key 9"}, {"details": {}},
        {"occurred_at": MOMENT + timedelta(microseconds=1)}, {"team_id": TeamId(uuid4())}, {"seq": 9},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_changed_entry_is_found(change: dict[str, Any]) -> None:
    entries, head = chain(5)
    entries[2] = replace(entries[2], entry=replace(entries[2].entry, **change))
    assert first_fault(entries, head) == 3


def test_an_entry_sealed_anew_is_found_by_the_next() -> None:
    entries, head = chain(5)
    entries[2] = seal(replace(entries[2].entry, actor="nobody"), entries[1].hash)
    assert first_fault(entries, head) == 4


def test_a_missing_entry_and_swapped_ones_are_found() -> None:
    entries, head = chain(5)
    assert first_fault([*entries[:2], *entries[3:]], head) == 3
    assert first_fault([entries[1], entries[0], *entries[2:]], head) == 1


def test_a_cut_end_is_found() -> None:
    entries, head = chain(5)
    assert first_fault(entries[:3], head) == 4
    assert first_fault([], head) == 1


def test_a_head_that_names_another_end_is_found() -> None:
    entries, head = chain(5)
    assert first_fault(entries, replace(head, hash=START)) == 5
    assert first_fault(entries, Head()) == 5


def test_the_same_moment_elsewhere_seals_the_same() -> None:
    entries, _ = chain(1)
    abroad = replace(entries[0].entry, occurred_at=MOMENT.astimezone(timezone(timedelta(hours=5))))
    assert seal(abroad, START) == entries[0]
