"""What holds for every test: no network, no long sleep, no settings or shell of the person who runs it."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

REPOSITORY = Path(__file__).resolve().parent.parent
OUR_CODE = tuple(f"{REPOSITORY / folder}{os.sep}" for folder in ("src", "tests", "examples"))
LONGEST_SLEEP_S = 1.0

PERSONAL_SETTINGS = ("HIVE_", "OPENAI_", "ANTHROPIC_", "GEMINI_", "GOOGLE_", "GROQ_", "MISTRAL_", "OLLAMA_")
TEST_SETTINGS = (
    "HIVE_TEST_WEIGHTS", "HIVE_CHAOS_", "HIVE_FUZZ_", "HIVE_GRAPH_", "HIVE_BUDGET_", "HIVE_LEASE_",
)  # fmt: skip

settings.register_profile("hive", deadline=None, database=None, derandomize="CI" in os.environ)
settings.load_profile("hive")


class NetworkForbiddenError(Exception):
    """A test reached for a host other than this machine."""


class LongSleepError(Exception):
    """A test really slept; pass a ``ManualClock`` or wait for an event instead."""


def pytest_configure(config: pytest.Config) -> None:
    hear_interrupts()
    for name in [name for name in os.environ if name.startswith(PERSONAL_SETTINGS)]:
        if not name.startswith(TEST_SETTINGS):
            del os.environ[name]
    home = tempfile.mkdtemp(prefix="hive-tests-")
    os.environ["HIVE_HOME"] = home
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    sys.addaudithook(refuse_network)
    asyncio.sleep = limit_async_sleep(asyncio.sleep)
    time.sleep = limit_sleep(time.sleep)


def hear_interrupts() -> None:
    """Let what the tests start hear SIGINT, even where a shell started them deaf to it, in the background.

    A program inherits that a signal is ignored, but not that it is handled.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "HIVE_TEST_WEIGHTS" in os.environ:
        return
    reason = "HIVE_TEST_WEIGHTS names no folder with the weights of a model; `make test` pulls them"
    for item in items:
        if item.get_closest_marker("weights"):
            item.add_marker(pytest.mark.skip(reason=reason))


def refuse_network(event: str, args: tuple[object, ...]) -> None:
    """Raise when an audit event of the interpreter is a step towards another machine."""
    match event, args:
        case (("socket.connect" | "socket.sendto" | "socket.sendmsg"), (_, (host, *_), *_)):
            pass
        case (("socket.getaddrinfo" | "socket.gethostbyname"), (host, *_)):
            pass
        case _:
            return
    if not is_this_machine(host):
        message = f"A test reached for {host!r} ({event}); serve what it needs on 127.0.0.1."
        raise NetworkForbiddenError(message)


def is_this_machine(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or name in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def limit_async_sleep(sleep: Callable[..., Coroutine[object, object, object]]) -> Callable[..., object]:
    """Let our code sleep for a moment only; a sleep that is cancelled before that passes."""

    async def sleep_a_moment(delay: float) -> None:
        await sleep(LONGEST_SLEEP_S)
        raise LongSleepError(refusal(delay))

    def limited(delay: float, result: object = None) -> Coroutine[object, object, object]:
        if delay > LONGEST_SLEEP_S and is_called_by_our_code():
            return sleep_a_moment(delay)
        return sleep(delay, result)

    return limited


def limit_sleep(sleep: Callable[[float], None]) -> Callable[[float], None]:
    """Let our code sleep for a moment only."""

    def limited(seconds: float) -> None:
        if seconds > LONGEST_SLEEP_S and is_called_by_our_code():
            raise LongSleepError(refusal(seconds))
        sleep(seconds)

    return limited


def is_called_by_our_code() -> bool:
    """Whether the caller of the calling function is ours; servers in the background may wait as they like."""
    return sys._getframe(2).f_code.co_filename.startswith(OUR_CODE)


def refusal(seconds: float) -> str:
    return f"A test slept for {seconds} s; pass a ManualClock or wait for an event instead."
