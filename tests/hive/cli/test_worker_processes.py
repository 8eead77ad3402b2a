"""Processes that a node starts with ``multiprocessing``, and is the first to import it, end with its work."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.hive.cli.conftest import HIVE
from tests.support.cli_packages import write_package
from tests.support.sleepers import Sleepers

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

LONGEST_END_S = 10
TIMEOUT_S = 3.0
WORKERS = """\
import subprocess


def process(method, command):
    import multiprocessing

    started = multiprocessing.get_context(method).Process(target=subprocess.run, args=(command,))
    started.start()
    started.join()


def pool(method, command):
    from multiprocessing import get_context

    with get_context(method).Pool(2) as workers:
        workers.apply(subprocess.run, (command,))


def executor(method, command):
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as workers:
        workers.submit(subprocess.run, command).result()


def work(way, method, command):
    {"process": process, "pool": pool, "executor": executor}[way](method, command)
    return {"done": True}


work_node = NodeSpec(
    id="work",
    node_type="function",
    input_keys=["way", "method", "command"],
    output_keys=["done"],
    function=work,
    max_retries=1,
)
entry_node = "work"
terminal_nodes = ["work"]
"""
UNLIMITED = f"{WORKERS}nodes = [work_node]\n"
LIMITED = f'{WORKERS}nodes = [work_node.model_copy(update={{"timeout_s": {TIMEOUT_S}}})]\n'


@contextmanager
def run_of(package: Path, way: str, method: str) -> Generator[tuple[subprocess.Popen[str], Sleepers]]:
    """Give a run whose node waits for a worker process, which waits for a program."""
    sleepers = Sleepers()
    told = json.dumps({"way": way, "method": method, "command": sleepers.command})
    with subprocess.Popen(
        [*HIVE, "run", str(package), "-i", told], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            sleepers.wait_for()
            yield process, sleepers
        finally:
            process.kill()
            sleepers.end()


def ended(process: subprocess.Popen[str], sleepers: Sleepers) -> str:
    """Return what a run that ends tells on standard error, once none of its processes is left."""
    workers = psutil.Process(process.pid).children(recursive=True)
    _, told = process.communicate(timeout=LONGEST_END_S)
    assert sleepers.living() == []
    assert psutil.wait_procs(workers, timeout=LONGEST_END_S)[1] == []
    return told


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("way", ["process", "pool", "executor"])
class TestWorkers:
    def test_a_time_out_ends_them_and_the_command_returns(
        self, tmp_path: Path, way: str, method: str
    ) -> None:
        with run_of(write_package(tmp_path, "workers", LIMITED), way, method) as (process, sleepers):
            told = ended(process, sleepers)
        assert process.returncode == 1
        assert "took longer than 3 s" in told

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupt_leaves_none(
        self, tmp_path: Path, way: str, method: str, number: signal.Signals
    ) -> None:
        with run_of(write_package(tmp_path, "workers", UNLIMITED), way, method) as (process, sleepers):
            process.send_signal(number)
            told = ended(process, sleepers)
        assert process.returncode == 130
        assert "Interrupted. Run " in told
        assert "Traceback" not in told
