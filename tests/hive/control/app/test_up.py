"""``hive up`` and ``hive admin`` as real processes on the embedded defaults."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.up_process import HIVE, KEY, UpProcess, control_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(240)  # It starts many processes, on a busy machine, too.
LINK = re.compile(r"http://127\.0\.0\.1:\d+/first-login#([0-9a-f]{64})")
PASSWORD = "correct horse battery"


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    with control_environment() as places:
        yield places


def start(environment: dict[str, str]) -> UpProcess:
    return UpProcess(environment, "--log-level", "info", stderr=subprocess.PIPE)


def admin(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*HIVE, "admin", *arguments], env=environment, text=True, capture_output=True, timeout=50, check=False
    )


def test_one_command_starts_everything_and_stops_cleanly(environment: dict[str, str]) -> None:
    up = start(environment)
    try:
        with httpx.Client(base_url=up.address, timeout=10) as client:
            link, key = LINK.search(up.said), up.key
            assert link is not None
            check_first_login(client, link[1])
            assert client.get("/v1/auth/me", headers={"X-API-Key": key}).status_code == 403
            check_docs(client)
            check_second(environment, up.address)
            assert client.get("/health/ready", headers={"Host": "evil.example"}).status_code == 400
        made = admin(environment, "create-key", "--team", "First team")
        assert KEY.fullmatch(made.stdout.strip()), made.stderr
        assert admin(environment, "create-key", "--team", "nobody's").returncode == 2
    finally:
        up.process.send_signal(signal.SIGINT)
        rest, logged = up.process.communicate(timeout=30)
    assert (up.process.returncode, rest.strip()) == (0, "Stopped.")
    assert '"event": "request"' in logged
    assert not [secret for secret in (link[1], key, PASSWORD) if secret in logged]
    check_after(environment)


def check_first_login(client: httpx.Client, token: str) -> None:
    page = client.get("/first-login")
    assert "script-src 'sha256-" in page.headers["content-security-policy"]
    body = {"token": token, "email": "ada@example.org", "name": "Ada", "password": PASSWORD}
    entered = client.post("/v1/auth/first-login", json=body)
    assert entered.status_code == 201
    me = client.get("/v1/auth/me", headers={"Authorization": f"Bearer {entered.json()['access_token']}"})
    assert me.json()["role"] == "admin"


def check_docs(client: httpx.Client) -> None:
    """The pages name no other machine, and their policy lets them ask none."""
    home = client.get("/")
    assert (home.status_code, f"Version {version('hive-agents')}." in home.text) == (200, True)
    links = re.findall(r'href="([^"]+)"', home.text)
    assert {client.get(link).status_code for link in links} == {200}, links
    assert home.headers["content-security-policy"].startswith("default-src 'none'")
    page = client.get("/docs")
    assert (page.status_code, re.findall(r"(?:https?:)?//[\w.-]+\.\w+", page.text)) == (200, [])
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src 'self'" in policy


def check_second(environment: dict[str, str], url: str) -> None:
    """Another start says what is in its way: the folder, or the port."""
    port = url.rpartition(":")[2]
    places = {"HIVE_HOME": f"{environment['HIVE_HOME']}-2", "HIVE_POSTGRES_FOLDER": "/tmp/unused"}
    for changed, sentence in (({}, "is up from"), (places, f"127.0.0.1:{port} (Address already in use);")):
        second = subprocess.run(
            [*HIVE, "up", "--port", port], env={**environment, **changed}, text=True, capture_output=True,
            timeout=50, check=False,
        )  # fmt: skip
        told = " ".join(second.stderr.split())
        assert (second.returncode, sentence in told, second.stdout) == (2, True, ""), told
        assert "Traceback" not in second.stderr


def check_after(environment: dict[str, str]) -> None:
    """Nothing is left running, the log is whole, and a start after both were killed goes on."""
    secrets = Path(environment["HIVE_HOME"]) / "control-secrets.json"
    assert [place.stat().st_mode & 0o777 for place in (secrets, secrets.parent)] == [0o600, 0o700]
    postmaster = Path(environment["HIVE_POSTGRES_FOLDER"]) / "data" / "postmaster.pid"
    assert not postmaster.exists()
    checked = admin(environment, "verify-audit")
    assert (checked.returncode, checked.stdout.strip()) == (0, "Entries checked: 5.")
    killed = start(environment)
    os.kill(int(postmaster.read_text().split()[0]), signal.SIGKILL)
    killed.kill()
    again = start(environment)
    again.stop()
    assert (again.process.returncode, KEY.search(again.said), LINK.search(again.said)) == (0, None, None)
    assert not postmaster.exists()


def test_a_database_that_is_killed_comes_back_by_itself(environment: dict[str, str]) -> None:
    up = start(environment)
    pid_file = Path(environment["HIVE_POSTGRES_FOLDER"]) / "data" / "postmaster.pid"
    try:
        with httpx.Client(base_url=up.address, timeout=20, headers={"X-API-Key": up.key}) as client:
            assert send(client, "before") == 200
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
            answers = [send(client, "while it is away")]
            while client.get("/health/ready").json()["status"] != "ok":
                answers.append(client.get("/v1/control/policy").status_code)
                assert len(answers) < 500
            answers.append(client.get("/v1/control/policy").status_code)
            assert (answers[0], answers[-1]) == (200, 200)
            assert set(answers) <= {200, 503}
            assert send(client, "after") == 200
    finally:
        up.process.send_signal(signal.SIGINT)
        _, logged = up.process.communicate(timeout=30)
    assert up.process.returncode == 0
    assert '"event": "embedded_database_restarted"' in logged
    assert not pid_file.exists()


def send(client: httpx.Client, message: str) -> int:
    """Send a line of a log, and return the status of the answer."""
    event = {"event_type": "log", "data": {"level": "info", "message": message}}
    stamp = {"timestamp": datetime.now(UTC).isoformat(), "sdk_instance_id": "i", "agent_name": "a"}
    answer = client.post("/v1/control/events", json={"events": [{**event, **stamp}]})
    if answer.is_success:
        assert answer.json()["processed"] == 1, answer.text
    return answer.status_code


def test_settings_that_cannot_be_used_are_told_in_a_sentence(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*HIVE, "up", "--port", "0"], env={**environment, "HIVE_DATABASE_URL": "mysql://x:hunter2hunter2@y/z"},
        text=True, capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "HIVE_DATABASE_URL cannot be used" in done.stderr
    assert "hunter2" not in done.stderr
