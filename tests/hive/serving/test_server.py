"""``hive serve`` as a process: it listens, runs what is delivered, and stops cleanly."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from framework.credentials import MemoryCredentials
from framework.errors import RuntimeStoppedError
from framework.journal.files import FileJournal
from framework.journal.reading import read_state
from framework.runner import AgentRunner
from framework.runtime.webhook import sign
from hive.errors import CannotServeError
from hive.serving.server import serve
from tests.support.cli_packages import GREETER, SERVED, write_package
from tests.support.runtimes import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HIVE = [sys.executable, "-c", "from hive.cli.main import main; main()"]
SECRET = "the secret of the hook"


def start(tmp_path: Path, *options: str, body: str = SERVED) -> subprocess.Popen[str]:
    package = write_package(tmp_path, "served", body)
    environment = {**os.environ, "HOOK_SECRET": SECRET, "HIVE_HOME": str(tmp_path / "home")}
    command = [*HIVE, "serve", str(package), "--port", "0", "--storage", str(tmp_path / "runs"), *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=tmp_path
    )


class Served:
    """A server that listens; what it said so far, and where it is reached."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.told = ""
        while "GET /health" not in self.told:
            line = process.stdout.readline()
            assert line, process.communicate()
            self.told += line
        found = re.search(r"http://127.0.0.1:\d+", self.told)
        assert found is not None
        self.url = found[0]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    process = start(tmp_path, "--grace", "0.1")
    try:
        yield Served(process)
    finally:
        process.kill()
        process.communicate(timeout=10)


def deliver(url: str, **content: str) -> str:
    body = json.dumps(content).encode()
    headers = {"content-type": "application/json", "X-Hub-Signature-256": sign(SECRET, body)}
    answer = httpx.post(f"{url}/hooks/x", content=body, headers=headers, timeout=10)
    assert answer.status_code == 202, answer.text
    return answer.json()["run_id"]


def test_the_end_pauses_what_runs_and_leaves_nothing_behind(served: Served, tmp_path: Path) -> None:
    process, url = served.process, served.url
    done = deliver(url, name="Ada")
    flag = tmp_path / "flag"
    lasting = deliver(url, name="Bob", flag=str(flag))
    while not flag.exists():
        httpx.get(f"{url}/health", timeout=10)
    assert httpx.get(f"{url}/runs/{lasting}", timeout=10).json()["status"] == "running"
    process.send_signal(signal.SIGTERM)
    rest, errors = process.communicate(timeout=15)
    assert (process.returncode, errors) == (0, "")
    told = served.told + rest
    assert "POST /hooks/x  starts hook (signed with HOOK_SECRET)" in told
    assert "every 3600 s  starts tick" in told
    assert "Stopping" in told
    assert SECRET not in told
    journal = FileJournal(tmp_path / "runs")
    statuses = [asyncio.run(read_state(journal, run_id)).status.value for run_id in (done, lasting)]
    assert statuses == ["succeeded", "paused"]


async def test_a_second_request_ends_the_wait_for_runs(tmp_path: Path) -> None:
    told: list[str] = []
    runner = loaded(tmp_path)
    serving = asyncio.create_task(serve(runner, host="127.0.0.1", port=0, grace_s=60, tell=told.extend))
    await until(lambda: told)
    flag = tmp_path / "flag"
    url = told[0].split()[3].rstrip(";")
    run_id = await asyncio.to_thread(deliver, url, name="Bob", flag=str(flag))
    await until(flag.exists)
    os.kill(os.getpid(), signal.SIGINT)
    await until(lambda: "Stopping; runs under way get 60 s." in told)
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.wait_for(serving, 5)
    result = runner.runtime.get_execution_result(run_id)
    assert result is not None
    assert result.status == "paused"


def loaded(tmp_path: Path) -> AgentRunner:
    return AgentRunner.load(
        write_package(tmp_path, "served", SERVED),
        storage_path=tmp_path / "runs",
        credentials=MemoryCredentials({"HOOK_SECRET": SECRET}),
    )


def test_an_agent_without_triggers_is_refused(tmp_path: Path) -> None:
    process = start(tmp_path, body=GREETER)
    told, errors = process.communicate(timeout=20)
    assert (process.returncode, told) == (2, "")
    assert errors.startswith("Error: served lists no webhook or timer")


async def test_a_port_in_use_is_told_before_anything_starts(tmp_path: Path) -> None:
    runner = AgentRunner.load(
        write_package(tmp_path, "served", SERVED),
        storage_path=tmp_path / "runs",
        credentials=MemoryCredentials({"HOOK_SECRET": SECRET}),
    )
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(CannotServeError, match="another --port"),
    ):
        port = taken.getsockname()[1]
        await serve(runner, host="127.0.0.1", port=port, grace_s=0, tell=lambda lines: None)
    with pytest.raises(RuntimeStoppedError):
        await runner.trigger()
