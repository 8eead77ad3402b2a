"""The suite guards itself against the network, long sleeps, personal settings and a shell's own ways."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).parents[2]
ELSEWHERE = ("192.0.2.1", 9)


def test_a_connection_to_another_machine_raises() -> None:
    with (
        socket.socket() as client,
        pytest.raises(Exception, match=r"reached for '192\.0\.2\.1' \(socket\.connect\)"),
    ):
        client.connect(ELSEWHERE)


def test_a_datagram_to_another_machine_raises() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as client,
        pytest.raises(Exception, match=r"reached for '192\.0\.2\.1' \(socket\.sendto\)"),
    ):
        client.sendto(b"", ELSEWHERE)


async def test_a_name_look_up_inside_a_thread_raises() -> None:
    with pytest.raises(Exception, match=r"reached for 'example\.invalid'"):
        await asyncio.get_running_loop().getaddrinfo("example.invalid", 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_server_on_this_machine_can_be_reached(host: str) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(host, port, family=socket.AF_INET)
        assert await reader.read() == b"hello"
        writer.close()
        await writer.wait_closed()


def test_a_unix_socket_can_be_reached(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
        assert client.getpeername() == path


def test_a_long_sleep_of_a_thread_raises_at_once() -> None:
    with pytest.raises(Exception, match="slept for 60 s"):
        time.sleep(60)


async def test_a_long_sleep_that_is_not_cancelled_raises() -> None:
    with pytest.raises(Exception, match="slept for 60 s"):
        await asyncio.sleep(60)


async def test_a_long_sleep_that_is_cancelled_soon_passes() -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.sleep(60), timeout=0.01)


async def test_a_short_sleep_gives_its_result() -> None:
    assert await asyncio.sleep(0, "awake") == "awake"


def test_no_test_sees_the_keys_or_the_home_of_a_person() -> None:
    home = Path(os.environ["HIVE_HOME"])
    assert home.is_dir()
    assert home != Path.home() / ".hive"
    assert not [name for name in os.environ if name.startswith("OPENAI_")]


def test_what_a_test_starts_hears_interrupts() -> None:
    asking = [sys.executable, "-c", "import signal; print(signal.getsignal(signal.SIGINT).__name__)"]
    assert (
        subprocess.run(asking, capture_output=True, text=True, check=True).stdout == "default_int_handler\n"
    )


def test_so_it_does_where_the_tests_run_in_the_background_of_a_shell() -> None:
    name = f"{Path(__file__).relative_to(REPOSITORY)}::test_what_a_test_starts_hears_interrupts"
    tests = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", name]
    done = subprocess.run(["sh", "-c", 'trap "" INT; exec "$@"', "sh", *tests], cwd=REPOSITORY, check=False)
    assert done.returncode == 0


def test_examples_found_by_hypothesis_have_no_deadline_and_leave_no_files() -> None:
    assert settings().deadline is None
    assert settings().database is None
