"""Where the effects of tools arrive: a process of its own that outlives the runs and notes every delivery.

``python -m tests.support.receiver`` serves on a free port and prints it.
"""

from __future__ import annotations

import json
import socket
import socketserver
import subprocess
import sys
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 30


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
        """Return what arrived, everything sent before included: requests are served in turn."""
        return [Delivery(**each) for each in self._ask({"list": trial})]

    def _ask(self, request: dict[str, str]) -> Any:
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as connection:
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as reply:
                return json.loads(reply.readline())


class _Handler(socketserver.StreamRequestHandler):
    noted: ClassVar[dict[str, list[Any]]] = defaultdict(list)
    timeout = PATIENCE_S

    def handle(self) -> None:
        line = self.rfile.readline()
        if not line.endswith(b"\n"):
            return  # Its sender was killed before it had spoken.
        request = json.loads(line)
        if "list" in request:
            reply = self.noted[request["list"]]
        else:
            self.noted[request.pop("trial")].append(request)
            reply = "noted"
        try:
            self.wfile.write(json.dumps(reply).encode() + b"\n")
        except ConnectionError:
            return  # Its sender was killed meanwhile; the effect stays.


class _Server(socketserver.TCPServer):
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that was killed while it spoke."""


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
    with _Server(("127.0.0.1", 0), _Handler) as server:
        print(server.server_address[1], flush=True)  # noqa: T201  (says where it serves)
        server.serve_forever()
