"""The HTTP face: each delivery gets the status it deserves, and a genuine one its run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from framework.credentials import MemoryCredentials
from framework.credentials.store import CredentialStore
from framework.errors import (
    FrameworkError,
    InputError,
    JournalError,
    QueueFullError,
    RuntimeStoppedError,
    SpecError,
)
from framework.journal.reading import read_state
from framework.runner import AgentRunner
from framework.runtime.webhook import sign
from hive.errors import CannotServeError
from hive.serving.hooks import Hook, hooks_of
from hive.serving.http_app import serving_app
from tests.support.cli_packages import GREETER, SERVED, write_package
from tests.support.planted_secrets import SECRETS
from tests.support.runtimes import settle, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECRET = "the secret of the hook"
JSON = {"content-type": "application/json"}
HOST = "127.0.0.1"


def load(tmp_path: Path, body: str = SERVED) -> AgentRunner:
    return AgentRunner.load(
        write_package(tmp_path, "served", body),
        storage_path=tmp_path / "runs",
        credentials=MemoryCredentials({"HOOK_SECRET": SECRET}),
    )


def hooks_for(runner: AgentRunner, host: str = HOST) -> list[Hook]:
    return hooks_of(runner.package, runner.credentials.get, host)


def client_of(runner: AgentRunner, hooks: list[Hook]) -> httpx.AsyncClient:
    app = serving_app(runner, hooks, HOST, refused=lambda path, status, reason: None)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}")


@pytest.fixture
async def runner(tmp_path: Path) -> AsyncIterator[AgentRunner]:
    agent = load(tmp_path)
    await agent.start()
    yield agent
    await agent.stop()


@pytest.fixture
async def client(runner: AgentRunner) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(runner, hooks_for(runner)) as found:
        yield found


async def post(
    client: httpx.AsyncClient, body: bytes, path: str = "/hooks/x", **headers: str
) -> httpx.Response:
    return await client.post(
        path, content=body, headers={**JSON, "X-Hub-Signature-256": sign(SECRET, body), **headers}
    )


async def test_a_genuine_delivery_starts_a_run_that_can_be_watched(client: Any, runner: AgentRunner) -> None:
    answer = await post(client, b'{"name": "Ada", "greeting": "not an input"}')
    assert answer.status_code == 202
    run_id = answer.json()["run_id"]
    result = await runner.runtime.wait(run_id)
    assert result is not None
    assert result.output == {"name": "Ada", "greeting": "Hello Ada"}
    seen = await client.get(f"/runs/{run_id}")
    assert (seen.status_code, seen.json()) == (200, {"run_id": run_id, "status": "succeeded", "steps": 1})


@pytest.mark.parametrize(
    ("ask", "body", "headers", "status"),
    [
        ("POST /hooks/x", b"{}", {"X-Hub-Signature-256": "sha256=00"}, 401),
        ("POST /hooks/x", b"{}", {}, 401),
        ("POST /open", b"{}", {"content-type": "text/plain"}, 415),
        ("POST /open", b"[]", {}, 400),
        ("POST /open", b"{}", {}, 422),
        ("POST /open", b" " * 1_000_001, {}, 413),
        ("GET /open", b"", {}, 405),
        ("POST /nowhere", b"{}", {}, 404),
        ("GET /runs/unknown", b"", {}, 404),
        ("GET /runs/..%2f..%2fetc", b"", {}, 404),
        ("GET /health", b"", {"host": "evil.example"}, 400),
    ],
)
async def test_what_cannot_be_taken_gets_its_status(
    client: Any, runner: AgentRunner, ask: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await client.request(*ask.split(), content=body, headers={**JSON, **headers})
    assert answer.status_code == status
    assert SECRET not in answer.text
    assert runner.runtime.get_stats()["running"] == 0


async def test_a_damaged_memory_is_told_as_what_it_is(
    client: Any, runner: AgentRunner, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "runs" / "sessions" / "hook"
    folder.mkdir(parents=True)
    (folder / "memory.json").write_text("{x")
    answer = await post(client, b'{"name": "Ada"}')
    assert (answer.status_code, list(answer.json())) == (503, ["error"])
    assert "webhook_failed" in caplog.text
    assert runner.runtime.get_stats()["running"] == 0


async def test_a_full_queue_says_when_to_come_again(client: Any, runner: AgentRunner, tmp_path: Path) -> None:
    runner.runtime._admission.streams["open"]._max_waiting = 1
    body = b'{"name": "x", "flag": "%s"}' % str(tmp_path / "flag").encode()
    statuses = [(await post(client, body, "/open")).status_code for _ in range(12)]
    assert statuses == [202] * 11 + [429]
    answer = await post(client, body, "/open")
    assert int(answer.headers["retry-after"]) > 0
    await until((tmp_path / "flag").exists)


async def test_health_tells_what_is_going_on(client: Any, runner: AgentRunner) -> None:
    answer = await client.get("/health")
    assert answer.json() == {"status": "ok", "agent": "served", "running": 0, "waiting": 0}
    await runner.stop()
    assert (await client.get("/health")).status_code == 503
    assert (await post(client, b'{"name": "late"}')).status_code == 503


async def test_a_delivery_that_comes_twice_starts_one_run(tmp_path: Path) -> None:
    body = SERVED.replace('"secret": "HOOK_SECRET"}', '"secret": "HOOK_SECRET", "delivery_header": "X-Id"}')
    agent = load(tmp_path, body)
    await agent.start()
    async with client_of(agent, hooks_for(agent)) as client:
        first, again, other = [
            await post(client, b'{"name": "a"}', **{"X-Id": name}) for name in ("1", "1", "2")
        ]
        missing = await post(client, b"{}", **{"X-Id": "3"})
        mended = await post(client, b'{"name": "a"}', **{"X-Id": "3"})
    await agent.stop()
    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 202)
    assert again.json() == {"run_id": first.json()["run_id"], "is_duplicate": True}
    assert (missing.status_code, mended.status_code) == (422, 202)


async def test_a_body_that_trickles_is_given_up(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hive.serving.http_app.BODY_TIMEOUT_S", 0.01)

    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    answer = await client.post("/open", content=trickle(), headers=JSON)
    assert answer.status_code == 408
    await settle()


def test_what_cannot_be_served_is_refused(tmp_path: Path) -> None:
    agent = load(tmp_path)
    with pytest.raises(CannotServeError, match="'/open' takes unsigned deliveries"):
        hooks_for(agent, "0.0.0.0")
    with pytest.raises(Exception, match="'HOOK_SECRET', which is not set"):
        hooks_of(agent.package, {}.get, HOST)
    plain = AgentRunner.load(write_package(tmp_path, "plain", GREETER))
    with pytest.raises(CannotServeError, match="nothing to serve"):
        hooks_of(plain.package, {}.get, HOST)


async def test_the_same_delivery_sent_many_times_at_once_starts_one_run(tmp_path: Path) -> None:
    body = SERVED.replace('"secret": "HOOK_SECRET"}', '"secret": "HOOK_SECRET", "delivery_header": "X-Id"}')
    agent = load(tmp_path, body)
    await agent.start()
    async with client_of(agent, hooks_for(agent)) as client:
        answers = await asyncio.gather(*(post(client, b'{"name": "a"}', **{"X-Id": "1"}) for _ in range(5)))
    await agent.stop()
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 202]
    assert len({answer.json()["run_id"] for answer in answers}) == 1


async def test_a_delivery_is_taken_when_its_run_is_stored(client: Any, runner: AgentRunner) -> None:
    for _ in range(20):
        answer = await post(client, b'{"name": "Ada"}')
        state = await read_state(runner.journal, answer.json()["run_id"])
        assert state.input["name"].load() == "Ada"


async def test_a_delivery_whose_run_cannot_be_stored_is_to_be_sent_again(
    client: Any, runner: AgentRunner, tmp_path: Path
) -> None:
    (tmp_path / "runs" / "runs").mkdir(parents=True, exist_ok=True)
    (tmp_path / "runs" / "runs").rename(tmp_path / "away")
    (tmp_path / "runs" / "runs").write_text("no folder")
    answer = await post(client, b'{"name": "Ada"}')
    assert answer.status_code == 503
    assert runner.runtime.get_stats()["running"] == 0


@pytest.mark.parametrize("kind", [InputError, QueueFullError, RuntimeStoppedError, JournalError, SpecError])
async def test_a_refusal_tells_no_secret_to_anybody(
    kind: type[FrameworkError], runner: AgentRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIVE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOME_API_KEY", "plain words of a variable")
    CredentialStore(tmp_path / "home").set("STORED", "plain words of a store")
    secrets = [*SECRETS.values(), "plain words of a variable", "plain words of a store"]
    told: list[str] = []

    async def trigger(*_: Any, **__: Any) -> str:
        raise kind("It failed: " + " ".join(f"<{secret}>" for secret in secrets))

    monkeypatch.setattr(runner, "trigger", trigger)
    app = serving_app(runner, hooks_for(runner), HOST, lambda path, status, reason: told.append(reason))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
        answer = await post(client, b'{"name": "Ada"}')
        astray = await post(client, b"{}", path=f"/hooks/{SECRETS['openai']}")

    assert answer.status_code >= 400
    assert astray.status_code == 404
    assert len(told) == 2
    said = " ".join([answer.text, astray.text, *told])
    assert [secret for secret in secrets if secret in said] == []


async def test_what_a_delivery_lacks_is_told_without_a_secret(
    runner: AgentRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def trigger(*_: Any, **__: Any) -> str:
        raise InputError("It lacks keys.", missing=["name", SECRETS["openai"]])

    monkeypatch.setattr(runner, "trigger", trigger)
    async with client_of(runner, hooks_for(runner)) as client:
        answer = await post(client, b'{"name": "Ada"}')

    assert (answer.status_code, answer.json()) == (422, {"error": "The delivery lacks 'name', '[secret]'."})
