"""The story of a run: every kind of entry has its words."""

from __future__ import annotations

import pytest

from framework.journal.entry import Entry
from framework.model.events import EVENT_TYPES, GuardRuled, UnknownEvent, UnreadRequest
from hive.cli.commands.runs import branch_name
from hive.cli.story import event_line, tell
from tests.support import event_samples as sample


def entries() -> list[Entry]:
    return [
        Entry(seq=seq, at_us=seq * 1000, lane="m", event=event, digest="", body=b"{}")
        for seq, event in enumerate(sample.one_of_each_kind(), 1)
    ]


def test_every_kind_of_event_is_told_in_one_printable_line() -> None:
    lines = tell(entries())
    assert {line.kind for line in lines} == set(EVENT_TYPES)
    assert all(line.text and "\n" not in line.text for line in lines)
    assert all(line.text != f"{line.kind} happened" for line in lines)


def test_an_event_of_a_later_version_is_named() -> None:
    event = UnknownEvent(name="moon_rose", body=sample.value({}))
    (line,) = tell([Entry(seq=1, at_us=1, lane="m", event=event, digest="")])
    assert line.text == "moon_rose happened"


def test_content_is_kept_apart_from_the_line() -> None:
    lines = {line.kind: line for line in tell(entries())}
    assert "Be brief." not in lines["model_requested"].text
    assert "Be brief." in lines["model_requested"].detail
    assert sample.LARGE_TEXT[:200] in lines["model_answered"].detail
    assert "$0.00012" in lines["model_answered"].text


def test_arguments_that_did_not_parse_are_told_as_the_model_wrote_them() -> None:
    call = UnreadRequest(
        id="c",
        name="fetch",
        arguments=sample.value({}),
        error="Not JSON.",
        arguments_text=sample.value('{"url": "\x1b[2J'),
    )
    (line,) = tell([Entry(seq=1, at_us=1, lane="m", event=sample.answer("I look.", call), digest="")])

    assert line.detail == 'I look.\narguments of fetch: {"url": "\\x1b[2J'


def test_names_that_others_gave_cannot_steer_the_terminal() -> None:
    event = sample.node_started("first\x1b[2J\nsecond")
    (line,) = tell([Entry(seq=1, at_us=1, lane="m", event=event, digest="")])
    assert line.text == "node first\\x1b[2J second"


def test_entries_are_shown_as_they_are_stored() -> None:
    assert event_line(entries()[0]).split()[:3] == ["1", "m", "run_started"]


def test_branches_have_names() -> None:
    assert branch_name("m") == ""
    assert branch_name("m.c1.000") == ""
    assert branch_name("m.b1.000.b2.001.c3.000") == "branch 1.2"


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (GuardRuled(guard="at_most", call_id="c", allowed=True, reason=""), "guard at_most allows"),
        (
            GuardRuled(guard="at_most", call_id="c", allowed=False, reason="9 > 5"),
            "guard at_most refuses: 9 > 5",
        ),
    ],
)
def test_a_ruling_is_told_with_its_reason_if_it_has_one(event: GuardRuled, told: str) -> None:
    (line,) = tell([Entry(seq=1, at_us=1, lane="m", event=event, digest="")])
    assert line.text == told
