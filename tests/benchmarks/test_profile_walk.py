"""Every look at a walk counts for one rule of the design, and every rule names code that is there."""

from __future__ import annotations

import importlib
import sys
from operator import attrgetter

import pytest

from benchmarks import profile_walk
from benchmarks.profile_walk import RULES, Looks, quietest, rule_at, table

PLACES = [place for places in RULES.values() for place in places]


@pytest.mark.parametrize("place", PLACES)
def test_what_a_rule_names_is_there(place: str) -> None:
    module, _, name = place.partition(":")
    found = importlib.import_module(module)
    assert not name or callable(attrgetter(name)(found))


def test_no_place_counts_for_two_rules() -> None:
    assert len(set(PLACES)) == len(PLACES)


def test_a_look_counts_for_the_nearest_caller_that_a_rule_names() -> None:
    def called_by(module: str) -> str:
        """Return the rule of a frame that no rule names, which a function of ``module`` called."""
        names = {"__name__": module, "look": lambda: rule_at(sys._getframe())}
        exec("def call():\n    return look()", names)
        return names["call"]()

    assert "time" in called_by("framework.clock")
    assert "journal folds" in called_by("framework.journal.fold")
    assert called_by("somewhere.else") == profile_walk._REST


def test_a_function_counts_for_its_own_rule_before_that_of_its_module() -> None:
    places = {"framework.journal.state.lane": "Lane.advance", "framework.journal.state.run": "RunState.fork"}
    found = [profile_walk._rule_of(module, name) for module, name in places.items()]
    assert found == ["by hand, too: a hash chain a lane", "state is what the journal folds to"]


def test_the_quietest_quarter_counts() -> None:
    turns = [(seconds, Looks({rule: 1})) for seconds, rule in zip((4.0, 1.0, 3.0, 2.0), "abcd", strict=True)]
    assert quietest(turns) == (1.0, Looks({"b": 1}))


def test_the_table_adds_up() -> None:
    one, two = list(RULES)[:2]
    lines = table("a walk", Looks({one: 3, two: 1}), 40.0, 38.0, 10.0).splitlines()
    assert lines[0] == "a walk: 4 looks"
    assert [line.split()[-2:] for line in lines[2:4]] == [["30.00", "75.0%"], ["10.00", "25.0%"]]
    assert lines[-3].split() == ["sum", "40.00"]
