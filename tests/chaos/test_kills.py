"""A process is killed with SIGKILL at every boundary of its run; the next one comes to the same end."""

from __future__ import annotations

import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.killed_agent import (
    CHARGE,
    EFFECTS,
    MODEL,
    MODEL_ASKED,
    ONE_ANSWER,
    ONE_CALL,
    STORE,
    WORK,
    answered,
)
from tests.support.killed_commands import Commands, write_killed_package
from tests.support.killed_runs import Life, Trial, after_death, live
from tests.support.killing import AFTER_APPEND, AFTER_EFFECT, AFTER_INTENT, BEFORE_APPEND, WINDOWS, Kill
from tests.support.postgres import new_schema
from tests.support.scripted_service import scripted_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.receiver import Receiver

TRIALS = int(os.environ.get("HIVE_CHAOS_KILLS", "40"))
"""Kills tried on each store; 0 tries every boundary and every window."""

COMMANDED = int(os.environ.get("HIVE_CHAOS_COMMANDS", "2"))
"""Runs that ``hive`` begins and carries on, on each store; as many of them are killed."""

PROCESSES = 2
BUDGET = "1000"
LANES_AT_ONCE = 3
WINDOWS_OF_CHARGE = {f"{CHARGE}: {window}" for window in WINDOWS}
LAST_CHARGE = sum(name == CHARGE for calls in WORK.values() for name, _ in calls)
"""The number of the charge that the last node makes, when no other node is at work."""

RULINGS = ("done", "not done", "abandon")
pytestmark = pytest.mark.timeout(3600)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A trial that is over: what its last process came to, and the effects before and after that."""

    trial: Trial
    is_killed: bool
    last: Life
    before: Counter[str]
    after: Counter[str]
    keys: dict[str, int]
    shared_keys: int
    model_calls: int

    def problems(self, whole: Ended) -> list[str]:
        """Return what is not as in a run that nobody killed."""
        last, trial = self.last, self.trial
        is_single = len(trial.kills) < 2
        checks = {
            "it did not end well": last.status == "succeeded",
            "its output differs": without_given_up(last.output) == whole.last.output,
            "calls were given up that nobody gave up": self._given_up_as_ruled(),
            "not the calls in doubt were asked about": last.asked == last.doubts,
            "a person was asked more often": not is_single or last.questions == len(last.doubts),
            "its hash differs": self._hash_as_in(whole),
            "a call had another key when it was made again": self._keys_as_in(whole),
            "two calls had one key": self.shared_keys == 0,
            "a call that was the only one was not asked about, or asked about in vain": self._asked_at_end(),
            "spending was forgotten": Decimal(last.spent)
            >= ONE_ANSWER * self.model_calls * bool(trial.budget),
            "more was counted than can have been spent": Decimal(last.spent) <= self._most_spent(whole),
            "an effect is missing or doubled": self._effects_as_ruled(whole, is_single=is_single),
        }
        told = f"{trial.name} {[str(kill) for kill in trial.kills]} {trial.ruling!r}"
        return [f"{told}: {problem}" for problem, holds in checks.items() if not holds]

    def _asked_at_end(self) -> bool:
        """Whether a death around the last charge, beside which nothing happens, asks about what it must."""
        if len(self.trial.kills) != 1 or not self.is_killed:
            return True
        [kill] = self.trial.kills
        if not kill.point.startswith(f"{CHARGE}: ") or kill.number < LAST_CHARGE:
            return True
        is_between = kill.point.endswith((AFTER_INTENT, AFTER_EFFECT))
        return self.last.asked == (["end 0.0"] if is_between else [])

    def _most_spent(self, whole: Ended) -> Decimal:
        return Decimal(whole.last.spent) + ONE_CALL * LANES_AT_ONCE * len(self.trial.kills)

    def _hash_as_in(self, whole: Ended) -> bool:
        """Whether it did the same, where all that a person said is the same.

        Who is asked about a call in doubt is asked more than in a run that nobody killed, so the hash is
        another; after "not done" the call is made, and but for that question nothing may differ. "done"
        and "abandon" are what the model reads instead of a result: from there on the run is another one.
        """
        if not self.last.questions:
            return self.last.digest == whole.last.digest
        is_made = self.trial.ruling == "not done"
        return not is_made or self.last.digest_without_doubts == whole.last.digest_without_doubts

    def _keys_as_in(self, whole: Ended) -> bool:
        """Whether every call had one key; what a person said was done may not have been delivered at all."""
        wanted = {call: count for call, count in whole.keys.items() if call in self.keys}
        lacking = whole.keys.keys() - self.keys.keys()
        return self.keys == wanted and all(call.startswith(CHARGE) for call in lacking)

    def _given_up_as_ruled(self) -> bool:
        told = [str(self.last.output[name.lower()]) for name in WORK]
        given_up = sum(int(text.split()[-1]) for text in told)
        return given_up == (self.last.questions if self.trial.ruling == "abandon" else 0)

    def _effects_as_ruled(self, whole: Ended, *, is_single: bool) -> bool:
        items = [item for calls in WORK.values() for name, item in calls if name == CHARGE]
        if not is_single:
            return all(self.after[item] <= len(self.trial.kills) + 1 for item in items)
        doubtful = {item_of(call_name) for call_name in self.last.doubts}
        more = 1 if self.trial.ruling == "not done" else 0
        return all(
            self.after[item] == (self.before[item] + more if item in doubtful else whole.after[item])
            for item in items
        )


def without_given_up(output: dict[str, object]) -> dict[str, object]:
    """Return an output as if nobody had given a call up."""
    texts = {key: " ".join(digitless(value)) for key, value in output.items() if isinstance(value, str)}
    return {key: texts.get(key, value) for key, value in output.items()}


def digitless(text: str) -> list[str]:
    return ["0" if word.isdigit() else word for word in text.split(" ")]


def keys_of_the_work() -> dict[str, int]:
    """Return how many keys each call with an effect must have had: one each time that its node ran."""
    made = {
        f"{name} {item}": 2 if node == "KEEP" else 1
        for node, calls in WORK.items()
        for name, item in calls
        if name in {STORE, CHARGE}
    }
    return dict(sorted(made.items()))


def item_of(call_name: str) -> str:
    """Return the item of a call named by its node and id: the second call of an answer ends with 1."""
    node, call_id = call_name.split(" ")
    return WORK[node.upper()][int(call_id.split(".")[1])][1]


def end(trial: Trial, receiver: Receiver, live: Callable[[Trial], Life | None] = live) -> Ended:
    """Run a trial from death to death to its end."""
    is_killed, life, after = False, live(trial), trial
    before: Counter[str] = Counter()
    while life is None:
        is_killed, after = True, after_death(after)
        before = charges(receiver, trial)
        life = live(after)
    deliveries = receiver.deliveries(trial.name)
    keys = {(each.tool, each.arguments, each.key) for each in deliveries if each.tool in {STORE, CHARGE}}
    return Ended(
        trial=trial,
        is_killed=is_killed,
        last=life,
        before=before,
        after=charges(receiver, trial),
        keys=dict(sorted(Counter(f"{tool} {item}" for tool, item, _ in keys).items())),
        shared_keys=len(keys) - len({key for _, _, key in keys}),
        model_calls=sum(each.tool == MODEL for each in deliveries),
    )


def charges(receiver: Receiver, trial: Trial) -> Counter[str]:
    return Counter(each.arguments for each in receiver.deliveries(trial.name) if each.tool == CHARGE)


def kills_of(whole: Life) -> list[Kill]:
    """Return every boundary of the journal and every window of every call, as often as a run comes to it."""
    windows = [f"{tool}: {window}" for tool in EFFECTS for window in WINDOWS]
    points = [*windows, BEFORE_APPEND, AFTER_APPEND, *([MODEL_ASKED] if MODEL_ASKED in whole.points else [])]
    assert all(whole.points[point] for point in points)
    return [Kill(point=point, number=n + 1) for point in points for n in range(whole.points[point])]


def trials_of(first: Trial, whole: Life, paying: Life) -> list[Trial]:
    """Return the trials: every third dies twice, every fourth pays, and what a person rules goes in turn."""
    rng = random.Random(first.name)
    kills = [*kills_of(whole), *(kill for kill in kills_of(paying) if kill.point == MODEL_ASKED)]
    chosen = kills if not TRIALS else some_of(kills, rng)
    trials: list[Trial] = []
    for number, kill in enumerate(chosen):
        again = Kill(point=rng.choice([BEFORE_APPEND, AFTER_APPEND]), number=rng.randint(1, 40))
        name = f"{first.name}-{number}"
        deaths = (kill, again) if number % 3 == 2 else (kill,)
        ruling = RULINGS[(number // 3 + number) % 3]
        run_id = name if first.dsn else "run"
        budget = BUDGET if number % 4 == 1 or kill.point == MODEL_ASKED else ""
        trials.append(replace(first, name=name, run_id=run_id, kills=deaths, ruling=ruling, budget=budget))
    return trials


def some_of(kills: list[Kill], rng: random.Random) -> list[Kill]:
    """Return as many kills as shall be tried: all around calls that are made once first, then any."""
    mixed = rng.sample(kills, len(kills))
    return sorted(mixed, key=lambda kill: kill.point not in WINDOWS_OF_CHARGE)[:TRIALS]


def commanded_trials(first: Trial, whole: Life) -> list[Trial]:
    """Return trials that die once, half of them around a call that is never made twice unasked."""
    rng = random.Random(first.name)
    kills = kills_of(whole)
    once = [kill for kill in kills if kill.point in WINDOWS_OF_CHARGE]
    return [
        replace(
            first,
            name=f"{first.name}-{number}",
            kills=(rng.choice(once if number % 2 else kills),),
            ruling=RULINGS[number % 3],
        )
        for number in range(COMMANDED)
    ]


@pytest.mark.parametrize("store", ["files", "postgresql"])
def test_a_killed_run_comes_to_the_end_of_one_that_nobody_killed(
    store: str,
    tmp_path: Path,
    receiver: Receiver,
    request: pytest.FixtureRequest,
    tally: Callable[..., None],
) -> None:
    dsn = new_schema(request.getfixturevalue("postgres_server")) if store == "postgresql" else ""
    first = Trial(name=store, port=receiver.port, folder=str(tmp_path), dsn=dsn)
    paid = replace(first, name=f"{store}-paid", run_id="paid" if dsn else "run", budget=BUDGET)
    wholes = {trial.budget: end(trial, receiver) for trial in (first, paid)}
    for whole in wholes.values():
        assert whole.last.status == "succeeded"
        assert whole.keys == keys_of_the_work()
        assert Decimal(whole.last.spent) == ONE_ANSWER * whole.model_calls
    assert wholes[BUDGET].model_calls > LANES_AT_ONCE

    trials = trials_of(first, wholes[""].last, wholes[BUDGET].last)
    with ThreadPoolExecutor(PROCESSES) as pool:
        ended = list(pool.map(lambda trial: end(trial, receiver), trials))

    problems = [problem for each in ended for problem in each.problems(wholes[each.trial.budget])]
    tally(
        f"SIGKILL, journal in {store}",
        trials=len(ended),
        killed=sum(each.is_killed for each in ended),
        under_a_budget=sum(bool(each.trial.budget) for each in ended),
        calls_in_doubt_asked_about=sum(each.last.questions for each in ended),
        problems=len(problems),
    )
    assert problems == []
    assert sum(each.is_killed for each in ended) > len(ended) * 0.8


@pytest.mark.parametrize("store", ["files", "postgresql"])
def test_hive_carries_a_killed_run_on_to_the_end_of_one_that_nobody_killed(
    store: str,
    tmp_path: Path,
    receiver: Receiver,
    request: pytest.FixtureRequest,
    tally: Callable[..., None],
) -> None:
    server = request.getfixturevalue("postgres_server") if store == "postgresql" else ""
    package = write_killed_package(tmp_path)
    name = f"hive-{store}"
    first = Trial(name=name, port=receiver.port, folder=str(tmp_path))
    points = live(first)
    assert points is not None

    with scripted_service(answered) as model, ThreadPoolExecutor(PROCESSES) as pool:

        def ended(trial: Trial) -> Ended:
            trial = replace(trial, dsn=new_schema(server) if server else "")
            return end(trial, receiver, lambda each: Commands(each, package, model).live())

        whole = ended(replace(first, name=f"{name}-whole"))
        results = list(pool.map(ended, commanded_trials(first, points)))

    assert (whole.last.status, whole.last.questions) == ("succeeded", 0)
    problems = [problem for each in results for problem in each.problems(whole)]
    tally(
        f"SIGKILL of hive, journal in {store}",
        trials=len(results),
        killed=sum(each.is_killed for each in results),
        calls_in_doubt_asked_about=sum(each.last.questions for each in results),
        problems=len(problems),
    )
    assert problems == []
    assert sum(each.is_killed for each in results) >= len(results) * 0.5
