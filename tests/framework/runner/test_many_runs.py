"""The runner of a package also runs it many times: by hand, and by the triggers it lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from framework.errors import InputError, PackageError, RuntimeStoppedError
from framework.runner import AgentRunner
from tests.support.cli_packages import CHARGER, TRIGGERED, write_package
from tests.support.one_node import Answers

if TYPE_CHECKING:
    from pathlib import Path


def runner(tmp_path: Path) -> AgentRunner:
    return AgentRunner.load(write_package(tmp_path, "triggered", TRIGGERED), storage_path=tmp_path / "runs")


async def test_runs_are_asked_for_by_entry_point(tmp_path: Path) -> None:
    agent = runner(tmp_path)
    await agent.start()
    by_hand = await agent.runtime.wait(await agent.trigger(input_data={"name": "Ada"}))
    nightly = await agent.runtime.wait(await agent.trigger("nightly"))
    assert by_hand is not None
    assert nightly is not None
    assert (by_hand.path, nightly.path) == (["greet"], ["sweep"])
    with pytest.raises(InputError, match="'name'"):
        await agent.trigger("hook", {})
    await agent.stop()
    with pytest.raises(RuntimeStoppedError):
        await agent.trigger("nightly")


async def test_stopping_what_never_started_does_nothing(tmp_path: Path) -> None:
    agent = runner(tmp_path)
    await agent.stop()
    with pytest.raises(RuntimeStoppedError, match="await start"):
        await agent.trigger("nightly")


async def test_a_run_of_another_version_is_not_carried_on(tmp_path: Path) -> None:
    agent = runner(tmp_path)
    await agent.start()
    run_id = await agent.trigger("nightly")
    await agent.runtime.wait(run_id)
    await agent.stop()
    source = tmp_path / "triggered" / "agent.py"
    source.write_text(source.read_text() + "\n# changed\n")
    changed = AgentRunner.load(tmp_path / "triggered", storage_path=tmp_path / "runs")
    await changed.start()
    with pytest.raises(PackageError, match="restore its files"):
        await changed.trigger(session_state={"run_id": run_id})
    with pytest.raises(PackageError, match="restore its files"):
        await changed.resume(run_id)
    await changed.stop()


async def test_a_run_that_waits_is_carried_on_by_the_runner_that_was_started_later(tmp_path: Path) -> None:
    package = write_package(tmp_path, "charger", CHARGER)
    first = AgentRunner.load(package, storage_path=tmp_path / "runs", person=Answers())
    paused = await first.run()
    later = AgentRunner.load(package, storage_path=tmp_path / "runs", person=Answers("done 1", "done 2"))
    await later.start()

    result = await later.runtime.wait(await later.resume(paused.run_id))

    assert result is not None
    assert result.output["text"] == "Hello 1 and 2"
    await later.stop()
