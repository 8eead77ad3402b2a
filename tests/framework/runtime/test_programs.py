"""Programs of many runs: each run's own end with it, whoever asked for the run."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING

from framework.graph import GraphExecutor
from framework.runtime.agent_runtime import AgentRuntime
from framework.runtime.core import Runtime
from framework.runtime.entry_point import EntryPointSpec, TriggerType
from framework.tools.programs import OwnedPrograms
from tests.support.walked_graphs import graph, node

if TYPE_CHECKING:
    from tests.support.sleepers import Sleepers


def runtime(sleepers: Sleepers) -> AgentRuntime:
    """Return a runtime whose runs sleep in a program each."""
    spec = graph([node("n", function=lambda: subprocess.run(sleepers.command, check=False))])
    hand = EntryPointSpec(id="hand", name="By hand", entry_node="n", trigger_type=TriggerType.MANUAL)
    return AgentRuntime(GraphExecutor(Runtime()), spec, entry_points=[hand])


async def test_a_run_outlasts_the_work_that_asked_for_it_and_ends_with_the_runtime(
    sleepers: Sleepers,
) -> None:
    many = runtime(sleepers)
    await many.start()

    async def work() -> None:
        async with OwnedPrograms():
            await many.trigger("hand")
            await asyncio.to_thread(subprocess.run, ["true"], check=True)  # So that something is to be ended.
            await asyncio.Event().wait()

    asking = asyncio.create_task(work())
    await sleepers.have_started()
    asking.cancel()
    await asyncio.wait({asking})
    assert len(sleepers.living()) == 1

    await many.stop()
    assert sleepers.living() == []


async def test_a_run_that_is_cancelled_leaves_the_programs_of_another(sleepers: Sleepers) -> None:
    many = runtime(sleepers)
    await many.start()
    first = await many.trigger("hand")
    await sleepers.have_started()
    (kept,) = sleepers.living()
    second = await many.trigger("hand")
    await sleepers.have_started(2)

    assert await many.cancel_execution(second)

    assert sleepers.living() == [kept]
    assert await many.cancel_execution(first)
    assert sleepers.living() == []
    await many.stop()
