"""How a run begins: its input checked, and what is recorded first of a new run or of one carried on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from framework.errors import InputError, NotJsonError
from framework.graph.contract import check_run_input
from framework.graph.prepared import PreparedGraph
from framework.journal.fold import RESUME_INPUT
from framework.journal.reading import LOST_FILES_FACT
from framework.journal.state import MAIN_LANE, RunStatus
from framework.model.events import RunResumed, RunStarted, ValueRead
from framework.model.goal import Goal
from framework.model.value import Value

if TYPE_CHECKING:
    from framework.journal.log import RunLog
    from framework.journal.state import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a run begins with, or goes on with.

    Attributes:
        prepared: the graph.
        goal: what the run is measured against.
        given: the input; of a run carried on, what its memory takes over.
        agent: name of the agent; the graph's when empty.
        version: version of its package; the graph's when empty.
        facts: noted beside the entry, outside its hash.
    """

    prepared: PreparedGraph
    goal: Goal | None
    given: Mapping[str, Any]
    agent: str = ""
    version: str = ""
    facts: Mapping[str, Any]

    def started(self) -> RunStarted:
        """Return the first event of a new run.

        Raises:
            InputError: if the input is no JSON, lacks a required key or is not what the goal takes.
        """
        plan = self.prepared.plan
        return RunStarted(
            agent=self.agent or plan.graph.id,
            version=self.version or str(plan.encoded.digest),
            entry=plan.graph.entry_node,
            goal=Value.of(self.goal.model_dump(mode="json") if self.goal else None),
            graph=plan.encoded,
            input=checked_input(self.prepared, self.goal, self.given),
        )

    def check_carried_on(self, state: RunState, *, any_graph: bool) -> None:
        """Check that a stored run can go on.

        Args:
            state: of the run.
            any_graph: whether it may go on with another graph than it began with.

        Raises:
            InputError: if the run has ended, or is not a run of this graph.
        """
        plan = self.prepared.plan
        if state.status is RunStatus.NEW:
            return
        if state.status.is_final:
            raise InputError(f"Run {state.run_id!r} has ended ({state.status.value}); start a new one.")
        if state.graph != plan.encoded and not any_graph:
            raise InputError(
                f"Run {state.run_id!r} is not a run of the graph {plan.graph.id!r} as it is now; "
                "carry it on with the version it was started with, or start a new run."
            )

    def carry_on(self, log: RunLog, lost: Mapping[str, str]) -> Goal | None:
        """Record that a stored run goes on; return the goal it is measured against.

        Args:
            log: of the run.
            lost: names of its files that could not be brought back, and why.

        Raises:
            InputError: if the input is no JSON.
        """
        state = log.state
        if state.status is RunStatus.NEW:  # It stopped before its first entry was stored.
            log.record(MAIN_LANE, self.started(), {"run_id": state.run_id, **self.facts})
            return self.goal
        given = _encoded(self.given)
        noted = {LOST_FILES_FACT: dict(lost)} if lost else {}
        log.record(MAIN_LANE, RunResumed(reason="session_state"), {**self.facts, **noted})
        if given:
            log.record(MAIN_LANE, ValueRead(source=RESUME_INPUT, value=Value.of(dict(self.given))))
        stored = state.goal.load() if state.goal is not None else None
        return self.goal if self.goal is not None or stored is None else Goal.model_validate(stored)


def run_to_carry_on(session_state: Mapping[str, Any] | None) -> object:
    """Return the id of the run that a state is of, None for a new run.

    Raises:
        InputError: if it names none: what it meant to carry on would be done again.
    """
    if session_state and not session_state.get("run_id"):
        raise InputError(
            f"The session_state ({', '.join(map(repr, session_state))}) names no run to carry on; give the "
            "session_state of a paused result, or {'run_id': ...}."
        )
    return (session_state or {}).get("run_id")


def checked_input(
    prepared: PreparedGraph, goal: Goal | None, input_data: Mapping[str, Any]
) -> dict[str, Value]:
    """Return the input of a new run as the journal keeps it.

    Raises:
        InputError: if it is no JSON, lacks a required key or is not what the goal takes.
    """
    inputs = _encoded(input_data)
    prepared.check_input(frozenset(inputs))
    if goal is not None:
        check_run_input(goal, input_data)
    return inputs


def _encoded(data: Mapping[str, Any]) -> dict[str, Value]:
    if not isinstance(data, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  (a person's input)
        raise InputError(f"The input must be a dict of JSON values by key, not a {type(data).__name__}.")
    wrong = [key for key in data if not isinstance(key, str)]  # pyright: ignore[reportUnnecessaryIsInstance]  (a person's input)
    if wrong:
        raise InputError(f"The keys of the input must be text; {wrong[0]!r} is not.")
    try:
        Value.of(list(data))
        return {key: Value.of(value) for key, value in data.items()}
    except NotJsonError as error:
        raise InputError(f"The input is no JSON: {error}") from error
