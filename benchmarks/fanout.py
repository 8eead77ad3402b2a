"""Live streams beside a raw broadcast: one message to a thousand WebSockets of another process."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING
from uuid import UUID

from benchmarks.measure import Row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from hive.control.api.parts import Parts
    from hive.control.domain.ids import TeamId

_REPOSITORY = str(Path(__file__).resolve().parent.parent)
_SUBSCRIBERS = 1000
_MESSAGES = 20
_REPEATS = 7
_A_SECOND = 10
_SECONDS = 5
_FILES = 8192


class Audience:
    """The process of the subscribers."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, line: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        return await self.said()

    async def said(self) -> str:
        assert self._process.stdout is not None
        async with asyncio.timeout(120):
            return (await self._process.stdout.readline()).decode().strip()

    async def ages(self) -> list[float]:
        return json.loads(await self.ask("ages"))


@asynccontextmanager
async def audience(address: str, headers: dict[str, str]) -> AsyncIterator[Audience]:
    """Give a thousand subscribers of ``address``."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("fanout_client.py")), address, str(_SUBSCRIBERS),
        json.dumps(headers), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**24,
    )  # fmt: skip
    try:
        found = Audience(process)
        assert await found.said() == "ready"
        yield found
    finally:
        process.kill()
        await process.wait()


async def _seconds(listeners: Audience, publish: Callable[[], Awaitable[None]]) -> float:
    """Return how long it takes until everybody has what is published."""
    started = time.time()
    await publish()
    return float(await listeners.ask(str(_MESSAGES * _SUBSCRIBERS))) - started


@asynccontextmanager
async def _live(**fields: float) -> AsyncIterator[tuple[Parts, TeamId, str, dict[str, str]]]:
    """Give a control plane behind a real port, a team of it, and the address and headers of its stream."""
    sys.path.insert(0, _REPOSITORY)
    from hive.control.domain.ids import TeamId  # noqa: PLC0415  (optional dependencies)
    from hive.control.services.live_rooms import Pace  # noqa: PLC0415  (optional dependencies)
    from tests.support.control import asking, register  # noqa: PLC0415  (found on the path set above)
    from tests.support.live_server import served_live  # noqa: PLC0415  (found on the path set above)

    async with served_live(Pace(**fields), 2 * _SUBSCRIBERS) as (parts, url), asking(parts) as client:
        admin = await register(client)
        address = url.replace("http", "ws", 1) + "/v1/logs/stream?stream=logs"
        yield parts, TeamId(UUID(admin.team_id)), address, admin.headers


def _line(parts: Parts) -> dict[str, object]:
    return {
        "event_type": "log", "timestamp": parts.clock.now().isoformat(), "sdk_instance_id": "bench",
        "agent_name": "scout", "data": {"message": f"sent at {time.time():.6f}", "run_id": "run-1"},
    }  # fmt: skip


async def _throughput() -> Row:
    from websockets.asyncio.server import ServerConnection, broadcast, serve  # noqa: PLC0415  (an optional dependency)

    plain: set[ServerConnection] = set()
    text = json.dumps(
        {"type": "logs-batch", "events": [{"message": "sent at 1.0", "agent": "scout"}], "x": "x" * 400}
    )

    async def keep(socket: ServerConnection) -> None:
        plain.add(socket)
        await socket.send("subscribed")
        await socket.wait_closed()

    async def raw() -> None:
        for _ in range(_MESSAGES):
            broadcast(plain, text)
            await asyncio.sleep(0)

    async with (
        _live(most_events=1, message_s=0.0) as (parts, team_id, address, headers),
        serve(keep, "127.0.0.1", 0, compression=None) as server,
        audience(address, headers) as ours,
        audience(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/", {}) as theirs,
    ):

        async def live() -> None:
            await parts.ingest.take(team_id, [_line(parts) for _ in range(_MESSAGES)])

        pairs = [(await _seconds(ours, live), await _seconds(theirs, raw)) for _ in range(_REPEATS + 1)]
        pairs = sorted(pairs[1:], key=lambda pair: pair[0] / pair[1])
    mine, baseline = pairs[len(pairs) // 2]
    deliveries = _MESSAGES * _SUBSCRIBERS
    return Row(
        name=f"live stream, a message to {_SUBSCRIBERS} subscribers",
        ours=mine / _MESSAGES * 1e3,
        baseline=baseline / _MESSAGES * 1e3,
        unit="ms",
        limit=2.0,
        note=f"(stored, read, sent; {deliveries / mine:.0f}/s beside {deliveries / baseline:.0f}/s raw)",
    )


async def _latency() -> Row:
    async with _live() as (parts, team_id, address, headers), audience(address, headers) as listeners:
        await listeners.ages()
        started = time.monotonic()
        for number in range(_A_SECOND * _SECONDS):
            await asyncio.sleep(started + number / _A_SECOND - time.monotonic())
            await parts.ingest.take(team_id, [_line(parts)])
        count = _A_SECOND * _SECONDS * _SUBSCRIBERS
        await listeners.ask(str(count))
        ages = await listeners.ages()
    assert len(ages) == count
    return Row(
        name=f"live stream, p99 at {_A_SECOND * _SUBSCRIBERS} deliveries/s",
        ours=quantiles(ages, n=100)[-1] * 1e3,
        baseline=median(ages) * 1e3,
        unit="ms",
        absolute_limit=100.0,
        note="(from before the event is stored; baseline: the median)",
    )


async def rows() -> list[Row]:
    """Return every row of this part."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(_FILES, hard)), hard))
    try:
        return [await _throughput(), await _latency()]
    except ModuleNotFoundError as error:
        print(f"live streams: skipped, {error.name!r} is missing (pip install 'hive-agents[control]')")
        return []
