"""Where the effects of tools arrive: a process of its own that outlives the runs and notes every delivery.

``python -m tests.support.receiver`` serves on a free port and prints it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 30
SETTLING_S = 0.02
"""What was sent before deliveries are asked for lies at the receiver's door; so long it takes that in."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One effect, as it arrived; ``key`` is the idempotency key of the call."""

    tool: str
    arguments: str
    key: str


class Receiver:
    """Reaches the process that notes deliveries, each under the name of a trial."""

    def __init__(self, port: int) -> None:
        self.port = port

    def deliver(self, trial: str, delivery: Delivery) -> None:
        """Take effect; on return the delivery is noted."""
        self._ask({"trial": trial, **asdict(delivery)})

    def deliveries(self, trial: str) -> list[Delivery]:
        """Return what arrived, everything sent before included."""
        return [Delivery(**each) for each in self._ask({"list": trial})]

    def _ask(self, request: dict[str, str]) -> Any:
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as connection:
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as reply:
                return json.loads(reply.readline())


_noted: dict[str, list[Any]] = defaultdict(list)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take one request; who connects and says nothing, being stopped, holds up nobody else."""
    with suppress(ConnectionError):  # Its sender was killed meanwhile; the effect stays.
        line = await reader.readline()
        if line.endswith(b"\n"):  # Else its sender was killed before it had spoken.
            writer.write(json.dumps(await _answer(json.loads(line))).encode() + b"\n")
            await writer.drain()
    writer.close()


async def _answer(request: dict[str, Any]) -> Any:
    if "list" in request:
        await asyncio.sleep(SETTLING_S)
        return _noted[request["list"]]
    _noted[request.pop("trial")].append(request)
    return "noted"


async def _receive() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, backlog=128)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  (says where it serves)
    await server.serve_forever()


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """Run a receiver in a process of its own."""
    command = [sys.executable, "-m", "tests.support.receiver"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Receiver(int(process.stdout.readline()))
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_receive())
