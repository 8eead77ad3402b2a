"""Random graphs the validator accepts, run by the real executor with random outcomes."""

from __future__ import annotations

import asyncio
import os
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import NodeError
from framework.graph import GraphExecutor, NodeResult, ParallelExecutionConfig
from framework.journal.state import RunState
from framework.model.tool import Tool
from framework.model.validation import bound_run
from framework.runtime.core import Runtime
from tests.support.random_graphs import INPUT_KEYS, TOOLS, random_graph, wild_graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.graph import GraphSpec, NodeContext
    from framework.journal.log import RunLog
    from framework.journal.state import WalkLane
    from framework.model.events import BranchOutcome

EXAMPLES = int(os.environ.get("HIVE_GRAPH_EXAMPLES", "200"))
pytestmark = pytest.mark.timeout(60 + EXAMPLES)
PORTIONS = 4
SCHEDULES = 5
INPUTS = dict.fromkeys(INPUT_KEYS, 5)
KNOWN_TOOLS = [Tool(name) for name in TOOLS]


class RandomNode:
    """Gives numbers, or fails, by the seed, the node and the visit; how long it takes is by another."""

    def __init__(self, seed: int, success: float) -> None:
        self._seed = seed
        self._success = success
        self.take_time(0)

    def take_time(self, schedule: int) -> None:
        """Wait at random from now on; the schedule 0 means not at all."""
        self._pace = Random(f"{self._seed}:{schedule}") if schedule else None

    async def execute(self, ctx: NodeContext) -> NodeResult:
        for _ in range(self._pace.randrange(6) if self._pace else 0):
            await asyncio.sleep(0)
        spec = ctx.node_spec
        rng = Random(f"{self._seed}:{spec.id}:{ctx.visit.visit}")
        if rng.random() > self._success:
            raise NodeError(f"{spec.id} failed", node_id=spec.id, retryable=False)
        keys = [key for key in spec.output_keys if key not in spec.nullable_output_keys or rng.random() < 0.5]
        return NodeResult(
            success=True, output={key: rng.randint(0, 9) for key in keys or spec.output_keys[:1]}
        )


def accepted_graphs(portion: int) -> Iterator[tuple[int, GraphSpec]]:
    for seed in range(portion, EXAMPLES, PORTIONS):
        rng = Random(f"graph {seed}")
        spec = random_graph(rng) if seed % 3 else wild_graph(rng)
        findings = spec.validate(tools=TOOLS, input_keys=INPUT_KEYS)
        if not any(finding.is_error for finding in findings):
            yield seed, spec


class Bench:
    """Runs one graph again and again; branches that merge at a join never wrote the same key."""

    def __init__(self, spec: GraphSpec, seed: int, policy: Any) -> None:
        self._spec = spec
        self._worker = RandomNode(seed, success=(0.75, 0.9, 1.0)[seed % 3])
        self._executor = CheckingExecutor(
            Runtime(),
            tools=KNOWN_TOOLS,
            clock=ManualClock(),
            node_registry={node.id: self._worker for node in spec.nodes},
            parallel_config=ParallelExecutionConfig(on_branch_failure=policy),
        )

    async def run(self, schedule: int) -> RunState:
        self._worker.take_time(schedule)
        await self._executor.execute(self._spec, input_data=INPUTS)
        assert self._executor.live.conflicts == []
        return self._executor.live


class CheckedState(RunState):
    """Notes the keys that two branches of a fan-out both wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.conflicts: list[str] = []

    def merge(self, lane: WalkLane, outcome: BranchOutcome) -> None:
        if outcome.succeeded:
            others = [
                self.walk(name) for name in lane.branches if name in self.lanes and name != outcome.lane
            ]
            for key in self.walk(outcome.lane).written:
                self.conflicts += [key for other in others if key in other.written]
        super().merge(lane, outcome)


class CheckingExecutor(GraphExecutor):
    """Keeps the state of its run."""

    def _log(self, writer: Any, run_id: str, state: RunState) -> RunLog:
        self.live = CheckedState()
        return super()._log(writer, run_id, self.live)


@pytest.mark.parametrize("portion", range(PORTIONS))
async def test_an_accepted_graph_lacks_no_key_and_stays_within_its_bounds(portion: int) -> None:
    count = 0
    for seed, spec in accepted_graphs(portion):
        bounds = bound_run(spec)
        for policy in ("fail_all", "continue_others"):
            state = await Bench(spec, seed, policy).run(1)
            absent = [text for text in state.failures.values() if "lacks its input" in text]
            assert not absent or policy == "continue_others", seed  # What a failed branch owes is missing.
            assert state.status.is_final
            assert state.steps <= bounds.node_visits, seed
            excess = {name for name, n in state.main.visits.items() if n > bounds.visits_by_node[name]}
            assert not excess, seed
        count += 1
    assert count > EXAMPLES // PORTIONS // 2


@pytest.mark.parametrize("portion", range(PORTIONS))
async def test_a_run_is_the_same_whatever_the_timing(portion: int) -> None:
    for seed, spec in accepted_graphs(portion):
        policy = ("continue_others", "wait_all")[seed % 2]
        bench = Bench(spec, seed, policy)
        first = await bench.run(0)
        for schedule in range(1, SCHEDULES):
            other = await bench.run(schedule)
            assert other.main.memory == first.main.memory, seed
            assert (other.error, other.main.path) == (first.error, first.main.path), seed
            assert other.main.digest == first.main.digest, seed
