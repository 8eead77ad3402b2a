"""A stored run is carried on by the runtime, where it came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import CallInDoubtError, InputError, RunNotFoundError
from framework.graph.executor import GraphExecutor
from framework.runtime.agent_runtime import AgentRuntime, AgentRuntimeConfig
from framework.runtime.core import Runtime
from framework.runtime.entry_point import EntryPointSpec
from tests.support.one_node import Answers
from tests.support.walked_graphs import edge, graph, node

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

SPEC = graph(
    [node("one", effect="once"), node("two", effect="once", writes=["x"]), node("end")],
    [edge("one", "end"), edge("two", "end")],
    terminal_nodes=["end"],
    entry_node="one",
    entry_points={"second": "two"},
)


def runtime(folder: Path, *answers: str) -> AgentRuntime:
    """Return a runtime whose nodes lose their connection; a person answers, or nobody."""

    def lost() -> dict[str, Any]:
        raise CallInDoubtError("lost")

    executor = GraphExecutor(Runtime(folder), person=Answers(*answers))
    for name in ("one", "two"):
        executor.register_function(name, lost)
    executor.register_function("end", lambda: None)
    points = [
        EntryPointSpec("main", "Main", "one", "manual"),
        EntryPointSpec("other", "Other", "two", "manual"),
    ]
    return AgentRuntime(executor, SPEC, entry_points=points, config=AgentRuntimeConfig(patience_s=0))


@pytest.fixture
async def waiting(tmp_path: Path) -> AsyncGenerator[str]:
    first = runtime(tmp_path)
    await first.start()
    result = await first.trigger_and_wait("other")
    assert result is not None
    assert result.paused_at == "two"
    await first.stop()
    yield result.run_id


async def test_a_run_goes_on_in_another_runtime_at_its_own_entry_point(waiting: str, tmp_path: Path) -> None:
    second = runtime(tmp_path, "done 17")
    await second.start()

    assert await second.resume(waiting) == waiting
    result = await second.wait(waiting)

    assert result is not None
    assert (result.status, result.output["x"], result.path) == ("succeeded", 17, ["two", "end"])
    assert second.get_stats()["entry_points"]["other"]["succeeded"] == 1
    with pytest.raises(InputError, match="has ended"):
        await second.resume(waiting)
    await second.stop()


async def test_a_run_that_is_not_stored_cannot_be_carried_on(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError):
        await runtime(tmp_path).resume("nothing")


async def test_a_run_whose_entry_point_is_gone_cannot_be_carried_on(waiting: str, tmp_path: Path) -> None:
    second = runtime(tmp_path)
    await second.start()
    second.unregister_entry_point("other")

    with pytest.raises(InputError, match="There is no entry point 'other'"):
        await second.resume(waiting)
    await second.stop()
