"""Live streams beside a raw broadcast: one message to a thousand WebSockets of another process."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from benchmarks.measure import Row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from benchmarks.measure import Measurements
    from hive.control.api.parts import Parts
    from hive.control.domain.ids import TeamId

Send = Callable[[int], Awaitable[None]]
"""Sends so many lines."""

_REPOSITORY = str(Path(__file__).resolve().parent.parent)
_SUBSCRIBERS = 1000
_MESSAGES = 20
_REPEATS = 7
_A_SECOND = 10
_SECONDS = 5


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


async def _seconds(audience: Audience, send: Send) -> float:
    """Return how long it takes until everybody has what is sent."""
    started = time.time()
    await send(_MESSAGES)
    return float(await audience.ask(str(_MESSAGES * _SUBSCRIBERS))) - started


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


def _line(parts: Parts) -> dict[str, Any]:
    return {
        "event_type": "log", "timestamp": parts.clock.now().isoformat(), "sdk_instance_id": "bench",
        "event_id": str(uuid4()), "agent_name": "scout",
        "data": {"message": f"sent at {time.time():.6f}", "run_id": "run-1"},
    }  # fmt: skip


class Plain:
    """A raw broadcast: what the WebSocket library offers, without storage, order or bounds."""

    def __init__(self) -> None:
        self._sockets: set[Any] = set()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        from websockets.asyncio.server import serve  # noqa: PLC0415  (an optional dependency)

        async with serve(self._keep, "127.0.0.1", 0, compression=None) as server:
            [socket] = server.sockets
            yield f"ws://127.0.0.1:{socket.getsockname()[1]}/"

    def send(self, line: dict[str, Any]) -> None:
        from websockets.asyncio.server import broadcast  # noqa: PLC0415  (an optional dependency)

        broadcast(self._sockets, json.dumps({"type": "logs-batch", "events": [line], "meta": "x" * 300}))

    async def _keep(self, socket: Any) -> None:
        self._sockets.add(socket)
        await socket.send("subscribed")
        await socket.wait_closed()


@asynccontextmanager
async def _both(**pace: float) -> AsyncIterator[tuple[Send, Audience, Send, Audience]]:
    """Give how to send lines to a thousand followers of a stream, and to those of a raw broadcast."""
    plain = Plain()
    async with (
        _live(**pace) as (parts, team_id, address, headers),
        plain.served() as raw_address,
        audience(address, headers) as followers,
        audience(raw_address, {}) as listeners,
    ):

        async def live(count: int) -> None:
            await parts.ingest.take(team_id, [_line(parts) for _ in range(count)])

        async def raw(count: int) -> None:
            for _ in range(count):
                plain.send(_line(parts))
                await asyncio.sleep(0)

        yield live, followers, raw, listeners


async def _throughput() -> Row:
    async with _both(most_events=1, message_s=0.0) as (live, followers, raw, listeners):
        pairs = [
            (await _seconds(followers, live), await _seconds(listeners, raw)) for _ in range(_REPEATS + 1)
        ]
    pairs = sorted(pairs[1:], key=lambda pair: pair[0] / pair[1])
    mine, baseline = pairs[len(pairs) // 2]
    deliveries = _MESSAGES * _SUBSCRIBERS
    return Row(
        name=f"live stream, a message to {_SUBSCRIBERS} followers",
        ours=mine / _MESSAGES * 1e3,
        baseline=baseline / _MESSAGES * 1e3,
        unit="ms",
        limit=2.0,
        note=f"(stored, read, sent; {deliveries / mine:.0f}/s beside {deliveries / baseline:.0f}/s raw)",
    )


async def _latency() -> Row:
    async with _both() as (live, followers, raw, listeners):
        mine, baseline = await _ages(live, followers), await _ages(raw, listeners)
    return Row(
        name=f"live stream, p99 at {_A_SECOND * _SUBSCRIBERS} deliveries/s",
        ours=quantiles(mine, n=100)[-1] * 1e3,
        baseline=quantiles(baseline, n=100)[-1] * 1e3,
        unit="ms",
        absolute_limit=100.0,
        note=f"(from before it is stored; medians {median(mine) * 1e3:.0f}, {median(baseline) * 1e3:.0f})",
    )


async def _ages(send: Send, audience: Audience) -> list[float]:
    """Return how old lines are when they arrive, at ten a second to each of a thousand."""
    await audience.ages()
    started = time.monotonic()
    for number in range(_A_SECOND * _SECONDS):
        await asyncio.sleep(started + number / _A_SECOND - time.monotonic())
        await send(1)
    count = _A_SECOND * _SECONDS * _SUBSCRIBERS
    await audience.ask(str(count))
    found = await audience.ages()
    assert len(found) == count
    return found


async def rows() -> list[Row]:
    """Return every row of this part."""
    try:
        from hive.listening import allow_many_files  # noqa: PLC0415  (optional dependencies)

        allow_many_files()
        return [await _throughput(), await _latency()]
    except ModuleNotFoundError as error:
        print(f"live streams: skipped, {error.name!r} is missing (pip install 'hive-agents[control]')")
        return []


MEASUREMENTS: Measurements = {"stream": rows}
"""What this part measures, by name."""
