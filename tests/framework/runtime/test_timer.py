"""Timers start runs by the clock: on time, never in a burst, never on top of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.runtimes import Gate, SteppedClock, entry, runtime_of, settle
from tests.support.walked_graphs import graph, node

if TYPE_CHECKING:
    import pytest

    from framework.runtime.agent_runtime import AgentRuntime


async def started(gate: Gate, config: dict[str, Any], **fields: Any) -> tuple[AgentRuntime, SteppedClock]:
    clock = SteppedClock()
    kind = "cron" if "cron" in config else "timer"
    spec = entry(trigger_type=kind, trigger_config=config, **fields)
    runtime = runtime_of(gate.graph, spec, clock=clock)
    await runtime.start()
    await settle()
    return runtime, clock


def opened() -> Gate:
    gate = Gate()
    gate.opened.set()
    return gate


async def test_an_interval_starts_runs_with_its_input() -> None:
    gate = opened()
    runtime, clock = await started(gate, {"interval_s": 60, "input": {"name": "tick"}})
    assert gate.order == []
    await clock.pass_(59)
    assert gate.order == []
    await clock.pass_(122)
    assert gate.order == ["tick"] * 3
    await runtime.stop()


async def test_a_cron_expression_starts_runs_in_its_time_zone() -> None:
    gate = opened()
    runtime, clock = await started(gate, {"cron": "0 6 * * *", "timezone": "Europe/Vienna"})
    await clock.pass_(5 * 3600 - 1)
    assert gate.order == []
    await clock.pass_(1)
    assert len(gate.order) == 1
    await clock.pass_(24 * 3600)
    assert len(gate.order) == 2
    await runtime.stop()


async def test_a_first_run_may_be_immediate() -> None:
    gate = opened()
    runtime, clock = await started(gate, {"interval_minutes": 10, "run_immediately": True})
    assert len(gate.order) == 1
    await clock.pass_(600)
    assert len(gate.order) == 2
    await runtime.stop()


async def test_ticks_missed_while_the_machine_slept_are_left_out() -> None:
    gate = opened()
    runtime, clock = await started(gate, {"interval_s": 60})
    clock.jump(3600)
    await clock.pass_(1)
    assert len(gate.order) == 1
    await clock.pass_(59)
    assert len(gate.order) == 2
    await runtime.stop()


async def test_a_tick_on_top_of_a_run_is_skipped_and_counted() -> None:
    gate = Gate()
    runtime, clock = await started(gate, {"interval_s": 60}, max_concurrent=1)
    await clock.pass_(300)
    stats = runtime.get_stats()["entry_points"]["main"]
    assert (len(gate.order), stats["skipped_ticks"], stats["waiting"]) == (1, 4, 0)
    gate.opened.set()
    await clock.pass_(60)
    assert len(gate.order) == 2
    await runtime.stop()


async def test_a_stopped_runtime_has_no_timer_left() -> None:
    gate = opened()
    runtime, clock = await started(gate, {"interval_s": 60})
    await runtime.stop()
    await clock.pass_(600)
    assert gate.order == []
    await runtime.start()
    await clock.pass_(60)
    assert len(gate.order) == 1
    assert runtime.unregister_entry_point("main")
    await clock.pass_(600)
    assert len(gate.order) == 1


async def test_a_tick_whose_input_does_not_suffice_is_logged_and_the_timer_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = SteppedClock()

    async def work(topic: str) -> None:
        del topic

    spec = graph([node("work", reads=["topic"], function=work)])
    timed = entry(trigger_type="timer", trigger_config={"interval_s": 60})
    runtime = runtime_of(spec, timed, clock=clock)
    await runtime.start()
    await clock.pass_(120)
    assert [record.message for record in caplog.records] == ["tick_failed"] * 2
    await runtime.stop()


async def test_a_timer_that_ends_by_a_fault_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(SteppedClock):
        async def sleep(self, seconds: float) -> None:
            raise OverflowError("the sleep is too long")

    timed = entry(trigger_type="timer", trigger_config={"interval_s": 60})
    runtime = runtime_of(Gate().graph, timed, clock=Broken())
    await runtime.start()
    await settle()
    await runtime.stop()
    assert "timer_ended" in caplog.text
    assert "the sleep is too long" in caplog.text
