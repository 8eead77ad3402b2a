from __future__ import annotations

import asyncio
from typing import Any

import pytest

from framework.clock import ManualClock
from framework.errors import CallInDoubtError, JournalWriteError
from framework.graph.executor import GraphExecutor
from framework.graph.walk import Phase
from framework.journal.reading import read_entries, read_state
from framework.loop.context import NodeContext  # noqa: TC001  (the hints of a function are read)
from framework.model import events as ev
from framework.runtime.core import Runtime
from framework.runtime.fork import Fork, fork_run
from tests.support.one_node import Answers
from tests.support.stopping import StoppingJournal
from tests.support.walked_graphs import edge, graph, node


class Charging:
    """A graph whose one function node charges."""

    def __init__(self, **spec: Any) -> None:
        self.keys: list[str] = []
        self.journal = StoppingJournal()
        self.problem: Exception | None = None
        fields = {"effect": "once", "writes": ["receipt"], **spec}
        nodes = [node("charge", **fields), node("end")]
        self.graph = graph(nodes, [edge("charge", "end")], terminal_nodes=["end"])

    async def charge(self, ctx: NodeContext) -> dict[str, Any]:
        self.keys.append(ctx.idempotency_key)
        if self.problem is not None and len(self.keys) == 1:
            raise self.problem
        return {key: len(self.keys) for key in ctx.node_spec.output_keys}

    async def run(self, state: dict[str, Any] | None = None, **options: Any) -> Any:
        executor = GraphExecutor(Runtime(journal=self.journal), clock=ManualClock(), **options)
        executor.register_function("charge", self.charge)
        executor.register_function("end", lambda: None)
        return await executor.execute(self.graph, None, {}, state, run_id=None if state else "r")

    async def cut_off(self) -> None:
        """Stop the run when the function has been called and what it gave is not stored."""
        self.journal.stop_after = 2
        with pytest.raises(JournalWriteError):
            await self.run()
        self.journal.stop_after = None

    async def carry_on(self, *answers: str) -> Any:
        return await self.run({"run_id": "r"}, person=Answers(*answers) if answers else None)

    async def events(self, *kinds: Any) -> list[Any]:
        entries = await read_entries(self.journal, "r")
        return [entry.event for entry in entries if isinstance(entry.event, kinds)]


async def test_an_interrupted_node_waits_until_a_person_says_what_became_of_it():
    run = Charging()
    await run.cut_off()

    paused = await run.carry_on()

    assert (paused.paused_at, len(run.keys)) == ("charge", 1)
    (question,) = (await read_state(run.journal, "r")).questions.values()
    assert "whether it took effect" in question.text.load()
    assert "'receipt'" in question.text.load()
    assert (await run.events(ev.NodeStarted))[0].effect == "once"


async def test_a_node_that_was_done_gets_its_outputs_from_the_person():
    run = Charging()
    await run.cut_off()

    result = await run.carry_on('done {"receipt": 17}')

    assert (result.success, result.output["receipt"], len(run.keys)) == (True, 17, 1)


async def test_outputs_that_do_not_fit_are_asked_for_again():
    run = Charging(writes=["receipt", "day"])
    await run.cut_off()

    result = await run.carry_on("done", "done receipt 17", 'done {"receipt": 17, "day": "Monday"}')

    assert result.output == {"receipt": 17, "day": "Monday"}
    asked = [event.text.load() for event in await run.events(ev.QuestionAsked)]
    assert "did not return receipt, day" in asked[1]
    assert "is no JSON object" in asked[2]


async def test_words_that_are_no_json_are_not_taken_for_a_sole_output():
    run = Charging()
    await run.cut_off()

    result = await run.carry_on("done receipt 17", 'done "receipt 17"')

    assert result.output == {"receipt": "receipt 17"}
    asked = [event.text.load() for event in await run.events(ev.QuestionAsked)]
    assert len(asked) == 2
    assert "'receipt 17' is no JSON; for a text write: done \"receipt 17\"" in asked[1]


async def test_a_sole_output_may_be_given_without_its_name():
    run = Charging()
    await run.cut_off()

    result = await run.carry_on("done [17]")

    assert result.output == {"receipt": [17]}


async def test_a_node_that_was_not_done_runs_again_with_the_same_key():
    run = Charging()
    await run.cut_off()

    result = await run.carry_on("not done")

    assert (result.success, result.output["receipt"]) == (True, 2)
    assert len(set(run.keys)) == 1


async def test_a_node_that_is_given_up_fails_with_what_the_person_says():
    run = Charging()
    await run.cut_off()

    result = await run.carry_on("abandon, the bank is closed")

    assert not result.success
    assert "the bank is closed" in result.error
    assert len(run.keys) == 1


@pytest.mark.parametrize(("effect", "times"), [("none", 2), ("idempotent", 2), ("once", 1)])
async def test_only_a_node_with_effect_once_is_not_simply_run_again(effect: str, times: int):
    run = Charging(effect=effect)
    await run.cut_off()

    await run.carry_on()

    assert len(run.keys) == times


@pytest.mark.parametrize("writes", [["receipt"], []])
async def test_stopped_after_any_entry_the_function_is_called_once_unless_a_person_says_so(writes: list[str]):
    whole = Charging(writes=writes)
    await whole.run()
    total = len(await whole.journal.read("r"))

    for last in range(1, total):
        run = Charging(writes=writes)
        run.journal.stop_after = last
        with pytest.raises(JournalWriteError):
            await run.run()
        run.journal.stop_after = None
        result = await run.carry_on('done {"receipt": 1}' if writes else "done")
        assert (result.success, len(run.keys)) == (True, 1), last


async def forked(run: Charging, origin: str, twin: str, at_seq: int) -> None:
    await fork_run(run.journal, origin, Fork(at_seq=at_seq, run_id=twin), clock=ManualClock())


@pytest.mark.parametrize("effect", ["none", "idempotent"])
async def test_a_visit_that_had_begun_before_a_fork_keeps_its_key_in_forks_of_forks(effect: str):
    run = Charging(effect=effect)
    await run.run()
    await forked(run, "r", "twin", 2)
    await run.run({"run_id": "twin"})
    await forked(run, "twin", "other", 3)
    await run.run({"run_id": "other"})

    assert len(run.keys) == 3
    assert len(set(run.keys)) == 1


async def test_a_node_in_doubt_that_is_run_again_in_a_fork_keeps_its_key():
    run = Charging()
    await run.cut_off()
    await forked(run, "r", "twin", 2)

    result = await run.run({"run_id": "twin"}, person=Answers("not done"))

    assert (result.success, len(run.keys)) == (True, 2)
    assert run.keys[0] == run.keys[1]


async def test_a_visit_that_begins_after_a_fork_has_a_key_of_the_fork():
    run = Charging()
    await run.run()
    await forked(run, "r", "twin", 1)
    await run.run({"run_id": "twin"})
    kinds = [entry.event.kind for entry in await read_entries(run.journal, "twin")]
    await forked(run, "twin", "other", kinds.index("node_started") + 1)
    await run.run({"run_id": "other"}, person=Answers("not done"))

    assert len(run.keys) == 3
    assert run.keys[0] != run.keys[1] == run.keys[2]


async def test_a_node_that_failed_may_have_taken_effect_and_is_tried_again_only_if_retry_on_says_so():
    for retry_on, times in (([], 1), (["ValueError"], 2)):
        run = Charging(retry_on=retry_on, max_retries=3)
        run.problem = ValueError("no")
        assert (await run.run()).success is (times == 2)
        assert len(run.keys) == times


async def test_a_function_that_cannot_know_whether_it_took_effect_has_a_person_asked():
    run = Charging()
    run.problem = CallInDoubtError("the line is dead")

    result = await run.run(person=Answers("done 17"))

    assert (result.success, result.output["receipt"], len(run.keys)) == (True, 17, 1)


async def test_a_node_that_takes_too_long_fails_and_is_not_run_again():
    run = Charging(timeout_s=0.01, max_retries=3)

    async def hang(ctx: NodeContext) -> dict[str, Any]:
        run.keys.append("")
        await asyncio.Event().wait()
        return {}

    run.charge = hang
    result = await run.run()

    assert "took longer than 0.01 s; it may or may not have taken effect" in result.error
    assert len(run.keys) == 1


async def test_a_node_without_an_effect_is_recorded_as_before():
    run = Charging(effect="none")
    await run.run()

    assert (await run.events(ev.NodeStarted))[0].effect is None
    assert "effect" not in run.graph.to_json()["nodes"][0]
    assert (await read_state(run.journal, "r")).main.phase is Phase.LEFT


async def test_a_node_stopped_between_two_attempts_is_in_no_doubt_and_begins_the_next():
    run = Charging(retry_on=["ValueError"], max_retries=3)
    run.problem = ValueError("declined")
    run.journal.stop_after = 3  # run_started, node_started, attempt_failed

    with pytest.raises(JournalWriteError):
        await run.run()
    run.journal.stop_after = None
    result = await run.carry_on()

    assert (result.success, len(run.keys)) == (True, 2), result.error
    assert await run.events(ev.QuestionAsked) == []
    assert [event.attempt for event in await run.events(ev.NodeRetried)] == [2]


async def test_a_node_stopped_in_its_second_attempt_is_in_doubt():
    run = Charging(retry_on=["ValueError"], max_retries=3)
    run.problem = ValueError("declined")
    run.journal.stop_after = 4  # ... node_retried

    with pytest.raises(JournalWriteError):
        await run.run()
    run.journal.stop_after = None
    paused = await run.carry_on()

    assert (paused.paused_at, len(run.keys)) == ("charge", 2)
