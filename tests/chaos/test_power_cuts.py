"""SIGKILL of PostgreSQL and of the control plane right after an answer: what was answered is there."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

from tests.support.sent_events import Ledger, Maker, client_of, drained
from tests.support.up_process import UpProcess, control_environment

if TYPE_CHECKING:
    from collections.abc import Callable

TRIALS = int(os.environ.get("HIVE_CHAOS_POWER_CUTS", "3"))
SENDERS = 4
MOST_ANSWERS = 6
BOTH, DATABASE_FIRST, SERVER_ALONE = WAYS = ("both", "database first", "server alone")
pytestmark = pytest.mark.timeout(7200)


@dataclass
class Machine:
    """A machine whose power fails.

    Attributes:
        key: the API key that its first start printed.
    """

    environment: dict[str, str]
    ledger: Ledger = field(default_factory=Ledger)
    maker: Maker = field(default_factory=lambda: Maker("power cuts"))
    key: str = ""

    def start(self) -> UpProcess:
        up = UpProcess(self.environment)
        self.key = self.key or up.key
        return up

    async def fail(self, up: UpProcess, way: str, answers: int) -> None:
        """Send until there are so many answers, then cut the power at once."""
        async with client_of(up.address, self.key) as client:
            senders = [asyncio.create_task(self._send(client)) for _ in range(SENDERS)]
            await self._answered(self.ledger.answers + answers, senders)
            if way in {BOTH, DATABASE_FIRST}:
                self._kill_database()
            if way == DATABASE_FIRST:  # What is answered from now on lies in the spool.
                await self._answered(self.ledger.answers + answers + SENDERS, senders)
            up.kill()
            await asyncio.gather(*senders)

    async def check(self) -> list[str]:
        """Return what is not as it was answered, once nothing waits in the spool."""
        await drained(Path(self.environment["HIVE_HOME"]))
        socket_folder = self._postmaster_file().read_text().splitlines()[4]
        return self.ledger.problems(f"host={socket_folder} dbname=hive user=postgres")

    async def _send(self, client: httpx.AsyncClient) -> None:
        """Send until nobody answers."""
        with suppress(httpx.TransportError):
            while True:
                (batch,) = self.maker.batches(8, 2, 10)
                await self.ledger.send_until_taken(client, batch)

    async def _answered(self, answers: int, senders: list[asyncio.Task[None]]) -> None:
        while self.ledger.answers < answers:
            assert not any(sender.done() for sender in senders), senders
            await asyncio.sleep(0)

    def _kill_database(self) -> None:
        """Kill every process of the server: the one that would clean up first."""
        with suppress(psutil.NoSuchProcess):
            main = psutil.Process(int(self._postmaster_file().read_text().split()[0]))
            for process in [main, *main.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)

    def _postmaster_file(self) -> Path:
        return Path(self.environment["HIVE_POSTGRES_FOLDER"]) / "data" / "postmaster.pid"


async def test_what_was_answered_outlives_a_power_cut(tally: Callable[..., None]) -> None:
    chance = random.Random("power cuts")
    with control_environment() as environment:
        machine = Machine(environment)
        up = machine.start()
        try:
            for trial in range(TRIALS):
                way = WAYS[trial % len(WAYS)]
                await machine.fail(up, way, chance.randint(1, MOST_ANSWERS))
                up = machine.start()
                assert await machine.check() == [], (trial, way)
        finally:
            up.stop()
    tally(
        "power cuts",
        trials=TRIALS, accepted=len(machine.ledger.accepted), unanswered=len(machine.ledger.unanswered),
        lost_or_doubled=0,
    )  # fmt: skip
