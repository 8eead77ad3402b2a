"""Programs that were started by work that is cut off are ended, whatever started them; others are not."""

from __future__ import annotations

import asyncio
import multiprocessing.pool
import os
import pty
import shlex
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from framework.model.tool import ToolUse
from framework.tools import program_end, threads
from framework.tools.calls import call_tool
from framework.tools.context import ToolContext
from framework.tools.program_starts import see_programs
from framework.tools.programs import LONGEST_END_S, OwnedPrograms, end_programs_now, unowned_programs
from framework.tools.threads import run_in_thread
from framework.tools.work import VARIABLE, current_work
from tests.support.sleepers import Sleepers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

USE = ToolUse("call_1", "sleep", {})
SHOW = [sys.executable, "-c", f"import os; print(os.environ.get('{VARIABLE}'), os.environ.get('OTHER'))"]


async def owned(function: Callable[..., Any], *arguments: object) -> Any:
    async with OwnedPrograms():
        return await run_in_thread(function, *arguments)


async def cut_off(task: asyncio.Task[Any]) -> float:
    """Cancel a task; return the seconds it took to end."""
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return time.monotonic() - began


async def thread_is_free() -> None:
    deadline = time.monotonic() + 5
    while threads._PROCESS_THREADS.abandoned:
        assert time.monotonic() < deadline, "a thread is still blocked"
        await asyncio.sleep(0.01)


def shown(environment: dict[str, str] | None = None) -> str:
    return subprocess.run(SHOW, env=environment, capture_output=True, text=True, check=True).stdout


def run(sleepers: Sleepers) -> None:
    subprocess.run(sleepers.command, check=False)


def popen_with_an_environment(sleepers: Sleepers) -> None:
    subprocess.Popen(sleepers.command, env={b"PATH": os.environb[b"PATH"]}).wait()


def system(sleepers: Sleepers) -> None:
    os.system(sleepers.line)


def pipeline(sleepers: Sleepers) -> None:
    os.system(f"{sleepers.line} | {sleepers.line}")


def orphan(sleepers: Sleepers) -> None:
    subprocess.run(f"{sleepers.line} & {sleepers.line}", shell=True, check=False)


def orphan_of_a_session_of_its_own(sleepers: Sleepers) -> None:
    subprocess.run(["setsid", "--fork", *sleepers.command], check=False)
    subprocess.run(sleepers.command, check=False)


def unmarked_child_of_a_child(sleepers: Sleepers) -> None:
    subprocess.run(f"env -i {sleepers.line}; true", shell=True, check=False)


def spawn(sleepers: Sleepers) -> None:
    os.spawnvp(os.P_WAIT, "sleep", sleepers.command)


def posix_spawn(sleepers: Sleepers) -> None:
    os.waitpid(os.posix_spawnp("sleep", sleepers.command, {}), 0)


def terminal(sleepers: Sleepers) -> None:
    pty.spawn(sleepers.command, lambda fd: os.read(fd, 1))


def thread(sleepers: Sleepers) -> None:
    started = threading.Thread(target=run, args=(sleepers,))
    started.start()
    started.join()


def thread_pool(sleepers: Sleepers) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(run, sleepers).result()


def process_pool(sleepers: Sleepers) -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        pool.submit(run, sleepers).result()


def spawned_process(sleepers: Sleepers) -> None:
    process = multiprocessing.get_context("spawn").Process(target=os.execvp, args=("sleep", sleepers.command))
    process.start()
    process.join()


def orphan_of_a_worker(method: str, sleepers: Sleepers) -> None:
    """Have a process of multiprocessing leave a program of a session of its own, and end."""
    leave = ["setsid", "--fork", *sleepers.command]
    worker = multiprocessing.get_context(method).Process(target=subprocess.run, args=(leave,))
    worker.start()
    worker.join()
    run(sleepers)


def orphan_of_a_spawned_worker(sleepers: Sleepers) -> None:
    orphan_of_a_worker("spawn", sleepers)


def orphan_of_a_worker_of_a_server(sleepers: Sleepers) -> None:
    orphan_of_a_worker("forkserver", sleepers)


WAYS = {
    run: 1,
    popen_with_an_environment: 1,
    system: 1,
    pipeline: 2,
    orphan: 2,
    orphan_of_a_session_of_its_own: 2,
    unmarked_child_of_a_child: 1,
    spawn: 1,
    posix_spawn: 1,
    terminal: 1,
    thread: 1,
    thread_pool: 1,
    process_pool: 1,
    spawned_process: 1,
    orphan_of_a_spawned_worker: 2,
    orphan_of_a_worker_of_a_server: 2,
}


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
@pytest.mark.parametrize("way", WAYS)
async def test_what_a_function_started_ends_with_its_work_and_frees_the_thread(
    way: Callable[[Sleepers], None], sleepers: Sleepers
) -> None:
    task = asyncio.create_task(owned(way, sleepers))
    await sleepers.have_started(WAYS[way])

    took_s = await cut_off(task)

    assert sleepers.living() == []
    assert took_s < LONGEST_END_S
    await thread_is_free()


async def test_a_pool_of_processes_ends_its_own_way() -> None:
    made: list[multiprocessing.pool.Pool] = []

    def work() -> None:
        made.append(multiprocessing.get_context("fork").Pool(1))
        made[0].apply_async(time.sleep, (600,))
        began.set()
        waiting.wait(30)

    began, waiting = threading.Event(), threading.Event()
    task = asyncio.create_task(owned(work))
    await asyncio.to_thread(began.wait, 20)
    await cut_off(task)
    with pytest.raises(ValueError, match="Pool not running"):
        made[0].apply(int)
    assert [process for process in made[0]._pool if process.is_alive()] == []
    waiting.set()
    await thread_is_free()


async def test_what_a_coroutine_started_ends_with_its_work(sleepers: Sleepers) -> None:
    async def work() -> None:
        async with OwnedPrograms():
            process = await asyncio.create_subprocess_exec(*sleepers.command)
            shell = await asyncio.create_subprocess_shell(f"{sleepers.line} & {sleepers.line}")
            await asyncio.gather(process.wait(), shell.wait())

    task = asyncio.create_task(work())
    await sleepers.have_started(3)
    await cut_off(task)
    assert sleepers.living() == []


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_tool_that_passes_its_time_out_leaves_no_program(sleepers: Sleepers, is_async: bool) -> None:
    async def wait(use: ToolUse) -> None:
        await (await asyncio.create_subprocess_exec(*sleepers.command)).wait()

    def block(use: ToolUse) -> None:
        run(sleepers)

    context = ToolContext(run_id="r", node_id="n")
    calling = asyncio.create_task(call_tool(wait if is_async else block, USE, timeout_s=0.5, context=context))
    await sleepers.have_started()
    result = await calling

    assert result.is_error
    assert "did not finish within 0.5 s" in result.content
    assert sleepers.living() == []
    await thread_is_free()


async def test_of_two_works_only_the_one_that_is_cut_off_loses_its_programs(sleepers: Sleepers) -> None:
    others = Sleepers()
    kept, lost = asyncio.create_task(owned(orphan, others)), asyncio.create_task(owned(orphan, sleepers))
    await sleepers.have_started(2)
    await others.have_started(2)

    await cut_off(lost)

    assert (len(sleepers.living()), len(others.living())) == (0, 2)
    await cut_off(kept)
    assert others.living() == []


async def test_threads_of_a_shared_pool_work_for_whoever_asks(sleepers: Sleepers) -> None:
    others, loop = Sleepers(), asyncio.get_running_loop()

    async def work(what: Sleepers, began: asyncio.Event) -> None:
        async with OwnedPrograms():
            await loop.run_in_executor(pool, int)  # Its thread may have been started here.
            began.set()
            await first.wait()
            await second.wait()
            await loop.run_in_executor(pool, run, what)

    first, second = asyncio.Event(), asyncio.Event()
    with ThreadPoolExecutor(2) as pool:
        lost = asyncio.create_task(work(sleepers, first))
        await first.wait()
        kept = asyncio.create_task(work(others, second))
        await sleepers.have_started()
        await others.have_started()
        await cut_off(lost)
        assert (len(sleepers.living()), len(others.living())) == (0, 1)
        await cut_off(kept)


async def test_a_thread_that_a_work_had_a_pool_start_is_not_at_that_work_for_ever() -> None:
    with ThreadPoolExecutor(1) as pool:
        async with OwnedPrograms():
            assert pool.submit(current_work).result() is current_work() is not None
        assert pool.submit(current_work).result() is None


async def test_what_is_left_running_at_an_end_that_nobody_forced_goes_on(sleepers: Sleepers) -> None:
    async with OwnedPrograms():
        await owned(sleepers.leave_one)
    with pytest.raises(ValueError, match="broken"):
        await failing_after_a_start(sleepers)
    assert len(sleepers.living()) == 2
    end_programs_now()
    assert len(sleepers.living()) == 2


async def failing_after_a_start(sleepers: Sleepers) -> None:
    async with OwnedPrograms():
        await run_in_thread(sleepers.leave_one)
        raise ValueError("broken")


async def test_what_a_part_left_running_ends_when_the_whole_is_cut_off(sleepers: Sleepers) -> None:
    async def whole() -> None:
        async with OwnedPrograms():
            await owned(sleepers.leave_one)
            await owned(subprocess.run, ["setsid", "--fork", *sleepers.command])
            await asyncio.Event().wait()

    task = asyncio.create_task(whole())
    await sleepers.have_started(2)
    await cut_off(task)
    assert sleepers.living() == []


async def test_what_nobody_owns_goes_on_and_bears_no_mark(sleepers: Sleepers) -> None:
    def work() -> None:
        with unowned_programs():
            sleepers.leave_one()
            told.append(shown())
        run(sleepers)

    told: list[str] = []
    task = asyncio.create_task(owned(work))
    await sleepers.have_started(2)
    await cut_off(task)
    assert len(sleepers.living()) == 1
    assert told == ["None None\n"]


async def test_a_program_that_does_not_heed_its_end_is_killed(
    sleepers: Sleepers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program_end, "_GRACE_S", 0.2)
    deaf = ["sh", "-c", f"trap '' TERM; {sleepers.line}; {sleepers.line}"]
    task = asyncio.create_task(owned(subprocess.run, deaf))
    await sleepers.have_started()
    await cut_off(task)
    assert sleepers.living() == []


async def test_a_shell_does_not_go_on_to_its_next_command(sleepers: Sleepers, tmp_path: Path) -> None:
    line = f"{sleepers.line}; touch {shlex.quote(str(tmp_path / 'next'))}"
    task = asyncio.create_task(owned(subprocess.run, ["bash", "-c", line]))
    await sleepers.have_started()
    await cut_off(task)
    await thread_is_free()
    assert not (tmp_path / "next").exists()


async def test_a_second_cancellation_does_not_keep_programs_alive(
    sleepers: Sleepers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program_end, "_GRACE_S", 0.2)
    task = asyncio.create_task(
        owned(subprocess.run, ["sh", "-c", f"trap '' TERM; {sleepers.line}; {sleepers.line}"])
    )
    await sleepers.have_started()
    task.cancel()
    await asyncio.sleep(0.05)
    await cut_off(task)
    assert sleepers.living() == []


async def test_a_thread_that_was_abandoned_starts_no_more_programs(sleepers: Sleepers) -> None:
    starts = 0

    def stubborn() -> None:
        nonlocal starts
        while True:
            starts += 1
            try:
                run(sleepers)
            except Exception:  # noqa: BLE001  (as a tool would that never gives up)
                continue

    task = asyncio.create_task(owned(stubborn))
    await sleepers.have_started()
    await cut_off(task)
    await thread_is_free()
    assert sleepers.living() == []
    assert starts == 2


async def test_a_block_that_is_thrown_away_ends_its_programs(sleepers: Sleepers) -> None:
    async def work() -> None:
        async with OwnedPrograms():
            sleepers.leave_one()
            await asyncio.Event().wait()

    block = work()
    block.send(None)
    await sleepers.have_started()
    block.close()
    end_programs_now()
    assert sleepers.living() == []


async def test_the_end_of_the_process_ends_what_is_under_way(sleepers: Sleepers) -> None:
    task = asyncio.create_task(owned(run, sleepers))
    await sleepers.have_started()
    end_programs_now()
    assert sleepers.living() == []
    await task


async def test_a_program_bears_the_marks_of_its_work_and_of_a_process_around_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "around")
    async with OwnedPrograms():
        one = shown().split()
        async with OwnedPrograms():
            environment = {**os.environ, "OTHER": "1"}
            two = shown(environment)
    around, mark, other = one
    assert (around, other) == ("around", "None")
    assert two.startswith(f"around {mark}.")
    assert two.endswith(" 1\n")


async def test_a_command_of_the_system_gives_what_it_gave() -> None:
    def statuses() -> list[int]:
        return [os.system(line) for line in ("exit 3", "kill -9 $$", b"true")]

    outside = statuses()
    assert await owned(statuses) == outside == [3 << 8, 9, 0]


def test_seeing_programs_again_changes_nothing() -> None:
    see_programs()
    before = (
        subprocess.Popen.__init__,
        os.system,
        os.fork,
        threading.Thread.start,
        ThreadPoolExecutor.submit,
    )
    see_programs()
    after = (subprocess.Popen.__init__, os.system, os.fork, threading.Thread.start, ThreadPoolExecutor.submit)
    assert after == before
