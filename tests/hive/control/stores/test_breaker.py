"""After a wait in vain nobody asks for a while, and then one for all."""

from __future__ import annotations

from contextlib import suppress

import pytest

from framework.clock import ManualClock
from hive.control.stores.breaker import Breaker

PAUSE_S, LEAST_S = 2.0, 0.5


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> Breaker:
    return Breaker(PAUSE_S, least_s=LEAST_S, now=clock.monotonic)


def ask(breaker: Breaker, clock: ManualClock, seconds: float, ends: BaseException | None = None) -> None:
    """Ask for so long, and end so."""
    with suppress(BaseException), breaker.asking(TimeoutError):
        clock.advance(seconds)
        if ends is not None:
            raise ends


def test_whoever_is_there_is_asked(breaker: Breaker, clock: ManualClock) -> None:
    ask(breaker, clock, 60)
    assert not breaker.is_open


def test_after_a_wait_in_vain_nobody_asks_for_a_while(breaker: Breaker, clock: ManualClock) -> None:
    ask(breaker, clock, LEAST_S, TimeoutError())
    clock.advance(PAUSE_S - 0.01)
    assert breaker.is_open
    clock.advance(0.02)
    assert not breaker.is_open


def test_a_failure_that_came_at_once_keeps_nobody_from_asking(breaker: Breaker, clock: ManualClock) -> None:
    ask(breaker, clock, LEAST_S - 0.01, TimeoutError())
    assert not breaker.is_open


def test_what_says_nothing_of_being_away_does_not_count(breaker: Breaker, clock: ManualClock) -> None:
    for ends in (ValueError(), KeyboardInterrupt()):
        ask(breaker, clock, 60, ends)
        assert not breaker.is_open


def test_what_went_wrong_is_raised(breaker: Breaker) -> None:
    with pytest.raises(TimeoutError), breaker.asking(TimeoutError):
        raise TimeoutError


def test_an_answer_lets_everybody_ask(breaker: Breaker, clock: ManualClock) -> None:
    breaker.failed()
    ask(breaker, clock, 0)
    assert not breaker.is_open
    with breaker.asking(TimeoutError):
        assert not breaker.is_open


def test_a_failure_told_from_outside_counts_at_once(breaker: Breaker) -> None:
    breaker.failed()
    assert breaker.is_open
    breaker.went_well()
    assert not breaker.is_open


@pytest.mark.parametrize(
    ("seconds", "ends", "is_open"),
    [
        (60, None, False),
        (60, TimeoutError(), True),
        (0, TimeoutError(), False),
        (60, ValueError(), False),
        (60, KeyboardInterrupt(), False),
    ],
)
def test_after_the_pause_one_asks_for_all(
    breaker: Breaker, clock: ManualClock, seconds: float, ends: BaseException | None, *, is_open: bool
) -> None:
    breaker.failed()
    clock.advance(PAUSE_S)
    assert not breaker.is_open
    with suppress(BaseException), breaker.asking(TimeoutError):
        clock.advance(seconds)
        assert breaker.is_open
        if ends is not None:
            raise ends
    assert breaker.is_open is is_open


def test_one_that_is_given_up_keeps_a_pause_that_another_began(breaker: Breaker, clock: ManualClock) -> None:
    with suppress(KeyboardInterrupt), breaker.asking(TimeoutError):
        ask(breaker, clock, LEAST_S, TimeoutError())
        raise KeyboardInterrupt
    assert breaker.is_open
