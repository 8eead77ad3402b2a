"""Whatever goes wrong around a run becomes its result; the runtime goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.runtime.agent_runtime import create_agent_runtime
from framework.runtime.session import Session
from tests.support.runtimes import SteppedClock, entry, runtime_of, settle
from tests.support.walked_graphs import giving, graph, node

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

GRAPH = graph([node("work", writes=["x"], function=giving(x=1))])


async def test_a_journal_that_cannot_be_written_fails_the_run_alone(tmp_path: Path) -> None:
    runtime = runtime_of(GRAPH, storage=tmp_path)
    await runtime.start()
    (tmp_path / "runs").write_text("a file is in the way")
    result = await runtime.trigger_and_wait("main")
    assert result is not None
    assert result.status == "failed"
    assert "could not be" in (result.error or "")
    (tmp_path / "runs").unlink()
    again = await runtime.trigger_and_wait("main")
    assert again is not None
    assert again.success
    assert await runtime.get_execution_status(result.run_id) == {
        "run_id": result.run_id,
        "status": "failed",
        "error": result.error,
    }


async def test_an_unforeseen_fault_is_logged_and_becomes_the_result(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(SteppedClock):
        is_broken = False

        def epoch_us(self) -> int:
            if self.is_broken:
                raise ZeroDivisionError("the clock fell down")
            return super().epoch_us()

    clock = Broken()
    runtime = create_agent_runtime(GRAPH, None, None, [entry()], clock=clock)
    await runtime.start()
    clock.is_broken = True
    result = await runtime.trigger_and_wait("main")
    assert result is not None
    assert result.error == "ZeroDivisionError: the clock fell down"
    assert "run_failed" in caplog.text
    clock.is_broken = False
    assert (await runtime.trigger_and_wait("main") or result).success


async def test_a_memory_that_cannot_be_kept_is_logged_and_the_run_has_succeeded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spec = node("work", reads=["x"], writes=["x"], nullable_output_keys=["x"], function=giving(x=1))
    runtime = runtime_of(graph([spec]), entry(isolation_level="shared"), storage=tmp_path)
    await runtime.start()
    (tmp_path / "sessions").write_text("a file is in the way")
    result = await runtime.trigger_and_wait("main")
    assert result is not None
    assert result.success
    assert "session_memory_lost" in caplog.text
    assert Session("main", tmp_path / "sessions" / "main").memory() == {}


async def test_an_unforeseen_fault_of_a_tick_leaves_the_timer_going(caplog: pytest.LogCaptureFixture) -> None:
    clock = SteppedClock()
    runtime = runtime_of(GRAPH, entry(trigger_type="timer", trigger_config={"interval_s": 60}), clock=clock)
    await runtime.start()
    await settle()
    checked = runtime.executor.check
    runtime.executor.check = None  # What a tick calls is broken, for once.
    await clock.pass_(60)
    assert "tick_failed" in caplog.text
    runtime.executor.check = checked
    await clock.pass_(60)
    assert runtime.get_stats()["entry_points"]["main"]["succeeded"] == 1
    await runtime.stop()
