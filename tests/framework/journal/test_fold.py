"""The fold: what is read back is the state the run had, at every point."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from framework.journal.conversation import ConversationChain
from framework.journal.files import FileJournal
from framework.journal.fold import apply, message_from_json
from framework.journal.reading import fold_entries, read_entries, read_state
from framework.journal.state import NodeState, Phase, RunState, RunStatus, Step
from framework.model.events import RunForked
from framework.model.message import Message, Role
from framework.model.tool import ToolUse
from tests.support.event_samples import LARGE_TEXT
from tests.support.journals import record_all, write_run
from tests.support.run_samples import (
    RUNS,
    SUMMARY,
    compacted_run,
    continuous_run,
    failed_branch_run,
    forked_run,
    nested_branches_run,
    plain_run,
    question_run,
    rejected_run,
    retried_run,
    revisited_run,
    tool_run,
    waiting_run,
)
from tests.support.states import state_dict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support.run_samples import Run


async def state_of(run: Run) -> RunState:
    _, state = await record_all(run)
    return state


def memory(state: RunState) -> dict[str, object]:
    return {key: item.load() for key, item in state.main.memory.items()}


def texts(state: RunState, lane: str = "m") -> list[str]:
    return [message.content for message in state.walk(lane).conversation.messages()]


def position(run: Run, kind: str, which: int = 0) -> int:
    """Return how many events there are up to one of a kind, itself included."""
    return [index for index, (_, event) in enumerate(run, 1) if event.kind == kind][which]


@pytest.mark.parametrize("name", RUNS)
async def test_what_is_read_back_is_the_live_state_after_every_event(name: str) -> None:
    run = RUNS[name]()
    journal, _ = await record_all(run)
    entries = await read_entries(journal, "run")

    for count in range(len(run) + 1):
        assert state_dict(fold_entries("run", entries[:count])) == state_dict(await folded_live(run[:count]))


async def folded_live(run: Run) -> RunState:
    state = await state_of(run)
    state.run_id = "run"
    return state


async def test_a_fork_of_a_rejected_run_is_not_rejected() -> None:
    fork = ("m", RunForked(origin="other", at_seq=9, changes={}))

    assert (await state_of(rejected_run())).rejection == "It names no source."
    assert (await state_of([*rejected_run(), fork])).rejection is None


@pytest.mark.parametrize("name", RUNS)
async def test_files_read_back_as_the_live_state(name: str, tmp_path: Path) -> None:
    live = await write_run(FileJournal(tmp_path, fsync="never"), "run", RUNS[name]())

    assert state_dict(await read_state(FileJournal(tmp_path), "run")) == state_dict(live)


@pytest.mark.parametrize("name", RUNS)
async def test_the_same_events_give_the_same_hashes(name: str) -> None:
    one, other = await state_of(RUNS[name]()), await state_of(RUNS[name]())

    assert one.main.digest == other.main.digest


async def test_outputs_reach_the_memory_when_the_node_finishes() -> None:
    run = plain_run()
    before = await state_of(run[: position(run, "output_set")])
    after = await state_of(run[: position(run, "node_finished")])

    assert memory(before) == {"topic": "bees"}
    assert memory(after) == {"topic": "bees", "title": "Bees"}


async def test_a_finished_run_knows_its_path_and_verdict() -> None:
    state = await state_of(plain_run())

    assert state.main.path == ["first", "second"]
    assert (state.status, state.steps, state.main.edges_in) == (RunStatus.SUCCEEDED, 2, ("to-second",))
    assert state.status.is_final
    assert state.evaluation is not None
    assert state.evaluation.load() == {"score": 1.0}
    assert memory(state)["text"] == LARGE_TEXT


async def test_a_retry_forgets_what_the_attempt_did_but_not_what_it_cost() -> None:
    run = retried_run()
    state = await state_of(run[: position(run, "node_retried")])
    node = state.main.node
    assert node is not None

    assert (node.attempt, node.outputs, node.step, node.answers) == (2, {}, Step.ASK_MODEL, 0)
    assert texts(state) == ["Begin."]
    assert state.usage.cost_usd == Decimal("0.1")
    assert state.retries == {"first": 1}


async def test_a_retried_run_ends_with_the_last_attempt() -> None:
    state = await state_of(retried_run())

    assert memory(state) == {"title": "good"}
    assert texts(state) == ["Begin.", "right"]
    assert state.usage.cost_usd == Decimal("0.3")
    assert state.usage.total_tokens == 10
    assert state.failures == {"first": "The tool 'fetch' took too long."}


async def test_branches_see_only_what_they_wrote_until_they_join() -> None:
    run = nested_branches_run()
    state = await state_of(run[: position(run, "branches_joined") - 1])

    assert list(state.walk("m.b1.001").memory) == ["topic", "title", "r"]
    assert list(state.walk("m.b1.000.b1.001").memory) == ["topic", "title", "l", "lb"]
    assert list(state.main.memory) == ["topic", "title"]
    assert state.main.phase is Phase.FORKED
    assert {state.walk(f"m.b1.000.b1.00{n}").phase for n in (0, 1)} == {Phase.AT_JOIN}


async def test_branches_merge_in_declared_order() -> None:
    run = nested_branches_run()
    state = await state_of(run[: position(run, "branches_joined", 1)])

    assert list(state.main.memory) == ["topic", "title", "l", "la", "lb", "le", "r"]
    assert state.main.path == ["first", "left", "left-a", "left-b", "left-end", "right"]
    assert (state.main.node_id, state.main.phase) == ("end", Phase.READY)
    assert state.main.edges_in == ("to-end", "to-end")
    assert list(state.lanes) == ["m"]


async def test_a_failed_branch_fails_the_fan_out_and_writes_nothing() -> None:
    state = await state_of(failed_branch_run())

    assert memory(state) == {"title": "Bees", "l": "1"}
    assert (state.main.phase, state.status, state.branch_failed) == (Phase.FAILED, RunStatus.FAILED, True)
    assert state.main.error is not None
    assert state.main.error.error == "TimeoutError"


async def test_calls_that_end_in_any_order_give_the_same_state() -> None:
    states = [await state_of(tool_run(order)) for order in permutations(range(3))]

    assert len({state.main.digest for state in states}) == 1
    assert len({state.main.conversation.head for state in states}) == 1


async def test_what_a_call_returned_is_part_of_the_hash() -> None:
    run = tool_run()
    other = [pair for pair in run if pair[1].kind != "tool_returned"]

    assert (await state_of(run)).main.digest != (await state_of(other)).main.digest


async def test_results_of_calls_stand_in_the_order_of_the_calls() -> None:
    run = tool_run((2, 0, 1))
    pending = await state_of(run[: position(run, "tool_returned", 1)])
    done = await state_of(run[: position(run, "tool_returned", 2)])

    assert texts(pending) == ["Begin.", "calling"]
    assert texts(done) == ["Begin.", "calling", "page 0", "page 1", "page 2"]
    assert done.main.node is not None
    assert done.main.node.step is Step.ASK_MODEL
    assert list(done.lanes) == ["m"]


async def test_a_conversation_continues_only_when_told_to() -> None:
    run = continuous_run()
    second = await state_of(run[: position(run, "node_finished", 1)])
    third = await state_of(run)

    assert texts(second) == ["Begin.", "one", "Set 'title'.", "two", "Next.", "three"]
    assert texts(third) == ["Afresh.", "four"]


async def test_a_compaction_replaces_the_conversation() -> None:
    run = compacted_run()
    state = await state_of(run[: position(run, "conversation_compacted")])

    assert texts(state) == [message["content"] for message in SUMMARY]
    assert state.main.conversation.head == ConversationChain(map(message_from_json, SUMMARY)).head
    assert state.main.conversation.counted is None
    assert texts(await state_of(run))[-1] == "short"


def test_a_message_of_a_compaction_keeps_its_calls() -> None:
    call = ToolUse("c1", "fetch", {"url": "x"})

    assert message_from_json(
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "c1", "name": "fetch", "input": {"url": "x"}}],
        }
    ) == Message(Role.ASSISTANT, "", (call,))
    assert message_from_json(
        {"role": "tool", "content": "no", "tool_use_id": "c1", "is_error": True}
    ) == Message(Role.TOOL, "no", tool_use_id="c1", is_error=True)


async def test_a_question_waits_across_a_pause() -> None:
    run = question_run()
    state = await state_of(run[: position(run, "run_paused")])

    assert (state.status, state.paused_at) == (RunStatus.PAUSED, "first")
    assert list(state.questions) == ["q1"]
    assert not state.status.is_final


async def test_an_answer_to_the_turn_joins_the_conversation_and_one_to_a_call_does_not() -> None:
    run = question_run()
    state = await state_of(run)

    assert state.questions == {}
    assert texts(state) == ["Begin.", "What colour?", "blue", "", "red", "Hurry.", "done"]
    first = await state_of(run[: position(run, "question_answered")])
    assert first.main.node is not None
    assert first.main.node.replied
    assert first.status is RunStatus.RUNNING


async def test_a_killed_run_knows_what_it_waits_for() -> None:
    state = await state_of(waiting_run())

    assert list(state.questions) == ["q1"]
    right = state.walk("m.b1.001").node
    assert right is not None
    assert (right.step, right.returned) == (Step.RUN_TOOLS, {})
    assert "m.b1.001.c1.000" in state.lanes
    with pytest.raises(TypeError, match="is a tool call's"):
        state.walk("m.b1.001.c1.000")


async def test_a_fork_overwrites_the_memory() -> None:
    assert memory(await state_of(forked_run()))["title"] == "Wasps"


async def test_a_call_is_of_the_run_that_intended_it_first_in_the_fork_of_a_fork() -> None:
    run = tool_run()
    intended = position(run, "tool_intended", 1)
    forks = [("m", RunForked(origin=name, at_seq=5, changes={})) for name in ("first", "second")]

    state = await state_of([*run[:intended], forks[0], *run[intended : intended + 2], forks[1]])

    # The latest calls come first.
    assert list(state.inherited.items()) == [("key-c0", "second"), ("key-c1", "first"), ("key-c2", "first")]


def test_a_fork_notes_at_once_whose_its_calls_are() -> None:
    """However many there are: a copy of the whole for every one took time that grows with their square."""

    class Counted(RunState):
        notes: ClassVar[list[Mapping[str, str]]] = []

        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value)
            if name == "inherited":
                self.notes.append(value)

    state = Counted()
    node = state.main.node = NodeState("n", 1)
    node.intents.update({str(number): str(number) for number in range(100)})
    Counted.notes.clear()

    apply(state, state.main, RunForked(origin="other", at_seq=5, changes={}), 1)

    assert len(Counted.notes) == 1
    assert set(Counted.notes[0].values()) == {"other"}
    assert len(Counted.notes[0]) == 100


async def test_a_revisit_clears_what_it_says_and_counts() -> None:
    run = revisited_run()
    state = await state_of(run)

    assert memory(state) == {"topic": "bees", "score": 0.9}
    assert state.main.visits == {"first": 2}
    assert list(state.files) == ["notes.txt"]


async def test_an_event_outside_of_a_node_is_refused() -> None:
    run = plain_run()

    with pytest.raises(TypeError, match="inside no node"):
        await state_of([run[0], run[2]])
