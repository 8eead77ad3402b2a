"""A difference is told in a sentence, however long the facts are."""

from __future__ import annotations

from framework.model.events import OutputSet
from framework.model.value import Value
from framework.runtime.replay import Difference


def difference(expected: str, got: str) -> Difference:
    events = (OutputSet(values={"text": Value.of(text)}) for text in (expected, got))
    return Difference(lane="m", seq=7, expected=next(events), got=next(events))


def test_of_long_facts_the_sentence_shows_what_stands_around_the_first_difference() -> None:
    found = difference("a" * 5000 + "bees" + "c" * 5000, "a" * 5000 + "wasps" + "c" * 5000)

    told = str(found)

    assert "bees" in told
    assert "wasps" in told
    assert len(told) < 900
    assert found.facts["values"][1] == {"text": "a" * 5000 + "wasps" + "c" * 5000}


def test_a_long_fact_that_only_goes_on_is_shown_where_the_other_ends() -> None:
    told = str(difference("a" * 1000, "a" * 1000 + " and more"))

    assert "and more" in told
    assert len(told) < 900


def test_short_facts_are_told_whole() -> None:
    assert "expected {'text': 'bees'}, got {'text': 'wasps'}" in str(difference("bees", "wasps"))
