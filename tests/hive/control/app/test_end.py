"""What ``hive up`` does on SIGTERM: it answers what is under way, and takes nothing new."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests.support.up_process import UpProcess, control_environment

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_request_under_way_is_answered_and_nothing_new_is_taken() -> None:
    with (
        control_environment() as environment,
        (Path(environment["HIVE_POSTGRES_FOLDER"]).parent / "log").open("w+") as log,
    ):
        up = UpProcess(environment, stderr=log)
        url = httpx.URL(up.address)
        body = b'{"email": "a@example.org", "password": "not the right one"}'
        head = f"POST /v1/auth/login HTTP/1.1\r\nHost: {url.host}\r\nContent-Type: application/json\r\n"
        with socket.create_connection((url.host, url.port), timeout=20) as under_way:
            under_way.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:10])
            until(lambda: b"hive_http_requests_open 2.0" in httpx.get(url.join("/metrics")).content)
            up.process.terminate()
            until(lambda: is_refused(url))
            under_way.sendall(body[10:])
            answer = under_way.recv(65536)
        rest, _ = up.process.communicate(timeout=30)
        assert answer.startswith(b"HTTP/1.1 401")
        assert (up.process.returncode, rest.strip()) == (0, "Stopped.")
        log.seek(0)
        assert log.read() == ""


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_refused(url: httpx.URL) -> bool:
    try:
        socket.create_connection((url.host, url.port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False
