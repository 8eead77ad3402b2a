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
from tests.support.sleepers import Sleepers

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


def test_what_clients_get_wrong_is_answered_and_not_printed(served: Served) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    assert httpx.get(f"{served.url}/health", headers=upgrade, timeout=10).status_code == 200
    with socket.create_connection(("127.0.0.1", httpx.URL(served.url).port), timeout=10) as connection:
        connection.sendall(b"what is this\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
    served.process.send_signal(signal.SIGTERM)
    _, errors = served.process.communicate(timeout=15)
    assert (served.process.returncode, errors) == (0, "")


STARTING = (
    SERVED.replace("        await asyncio.Event().wait()", "        subprocess.run(flag, shell=True)")
    .replace("import asyncio", "import subprocess")
    .replace("        Path(flag).touch()\n", "")
    .replace("async def", "def")
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_end_leaves_no_program_of_a_run(tmp_path: Path, number: signal.Signals) -> None:
    process, sleepers = start(tmp_path, "--grace", "0.1", body=STARTING), Sleepers()
    try:
        lasting = deliver(Served(process).url, name="Bob", flag=f"{sleepers.line} & {sleepers.line}")
        sleepers.wait_for(2)
        process.send_signal(number)
        _, errors = process.communicate(timeout=15)
        assert sleepers.living() == []
    finally:
        process.kill()
        sleepers.end()
    assert (process.returncode, errors) == (0, "")
    state = asyncio.run(read_state(FileJournal(tmp_path / "runs"), lasting))
    assert state.status.value == "paused"


ONE_AT_A_TIME = SERVED.replace('"secret": "HOOK_SECRET"}', '"secret": "HOOK_SECRET"}, max_concurrent=1')


def test_deliveries_that_wait_are_told_and_kept_for_later(tmp_path: Path) -> None:
    process = start(tmp_path, "--grace", "0.1", body=ONE_AT_A_TIME)
    try:
        served = Served(process)
        flag = tmp_path / "flag"
        lasting = deliver(served.url, name="Ada", flag=str(flag))
        while not flag.exists():
            httpx.get(f"{served.url}/health", timeout=10)
        waiting = [deliver(served.url, name=name) for name in ("Bob", "Cid")]
        process.send_signal(signal.SIGTERM)
        told, errors = process.communicate(timeout=15)
    finally:
        process.kill()
    assert (process.returncode, errors) == (0, "")
    assert f"run {waiting[0]}  hook  waits for its turn" in told
    assert f"run {lasting}  hook  paused at node 'work'" in told
    command = [*HIVE, "run", "--resume", waiting[1], "--storage", str(tmp_path / "runs"), "--quiet"]
    assert " ".join(["hive", *command[3:-1]]) in told
    environment = {**os.environ, "HIVE_HOME": str(tmp_path / "home")}
    carried = subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False, cwd=tmp_path
    )
    assert (carried.returncode, carried.stderr) == (0, "")
    found = asyncio.run(read_state(FileJournal(tmp_path / "runs"), waiting[1]))
    assert found.main.memory["greeting"].load() == "Hello Cid"


async def test_a_refused_delivery_is_told_with_its_path_and_reason(tmp_path: Path) -> None:
    told: list[str] = []
    serving = asyncio.create_task(
        serve(loaded(tmp_path), host="127.0.0.1", port=0, grace_s=0, tell=told.extend)
    )
    await until(lambda: told)
    url = told[0].split()[3].rstrip(";")
    async with httpx.AsyncClient() as client:
        await client.post(f"{url}/hooks/x", content=b"{}")
        answer = await client.post(f"{url}/open", json={})
        await client.post(f"{url}/hook/x", content=b"{}")
        await client.get(f"{url}/favicon.ico")
    assert answer.json() == {"error": "The delivery lacks 'name'."}
    refused = [line.partition("  ")[2] for line in told if "refused" in line]
    assert refused[0] == "refused /hooks/x  401  The signature is missing or wrong."
    assert refused[1].startswith("refused /open  422  The input lacks 'name' (for node 'work')")
    assert refused[2:] == ["refused elsewhere  404  POST /hook/x: There is nothing here."]
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.wait_for(serving, 5)
    assert told[-1].startswith("Refused deliveries: 1 at /hooks/x (401)")


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
        pytest.raises(CannotServeError, match="another --port") as refused,
    ):
        port = taken.getsockname()[1]
        await serve(runner, host="127.0.0.1", port=port, grace_s=0, tell=lambda lines: None)
    assert str(refused.value).count(str(port)) == 1
    with pytest.raises(RuntimeStoppedError):
        await runner.trigger()
