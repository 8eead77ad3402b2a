from __future__ import annotations

import pytest

from examples.support_triage.functions import find_doubt, grounded, next_ticket, review
from examples.support_triage.report import Answer

TICKET = "App crashes. The export button closes the app with an error."


@pytest.mark.parametrize(
    ("summary", "share"),
    [
        ("app crashes when the export button is pressed", 0.6),
        ("the export crashed", 1.0),
        ("courier never came", 0.0),
        ("the app", 0.0),
        ("", 0.0),
    ],
)
def test_grounding_is_the_share_of_long_words_found_in_the_ticket(summary: str, share: float) -> None:
    assert grounded(summary, TICKET) == share


@pytest.mark.parametrize(
    ("summary", "doubt"),
    [
        ("export crashes with an error", ""),
        ("the courier came with an error", "The ticket does not say: courier, came."),
        ("crashes crashes crashes crashes", "repeats itself"),
        ("!!!!", "says nothing"),
    ],
)
def test_the_review_finds_summaries_that_do_not_follow_the_ticket(summary: str, doubt: str) -> None:
    found = find_doubt(TICKET, Answer(category="bug", urgency="high", summary=summary))

    assert doubt in found
    assert bool(found) is bool(doubt)


def test_a_doubtful_summary_goes_back_once_and_then_to_a_person() -> None:
    first = review(TICKET, "bug", "high", "courier came", [])
    second = review(TICKET, "bug", "high", "courier came", first["rejected"])

    assert (first["verdict"], second["verdict"]) == ("redo", "accept")
    assert first["hint"] == first["doubt"] == second["doubt"]
    assert "hint" not in second
    assert second["rejected"] == [{"summary": "courier came", "reason": first["doubt"]}]


def test_a_very_long_ticket_is_cut_for_the_model() -> None:
    found = next_ticket([{"id": "1", "subject": "Long.", "body": "x" * 5000}], [])

    assert len(found["ticket"]) == 1200
    assert found["ticket"].startswith("Long. xxx")
