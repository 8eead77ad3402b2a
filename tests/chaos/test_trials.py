"""What the trials stand on: processes that threads begin side by side, and the receiver of effects."""

from __future__ import annotations

import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.support.forked import Child
from tests.support.receiver import Delivery

if TYPE_CHECKING:
    from tests.support.receiver import Receiver


def test_processes_that_threads_begin_side_by_side_end_with_their_own_codes() -> None:
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda code: Child(sys.exit, code).wait(20), range(40)))

    assert codes == list(range(40))


def test_a_killed_process_tells_by_which_signal() -> None:
    child = Child(signal.pause)

    child.send(signal.SIGKILL)

    assert child.wait(20) == -signal.SIGKILL


def test_a_process_that_is_stopped_while_it_reaches_the_receiver_holds_up_nobody(receiver: Receiver) -> None:
    delivery = Delivery(tool="charge", arguments="a", key="k")
    with socket.create_connection(("127.0.0.1", receiver.port)) as silent:
        silent.sendall(b"{")
        began = time.monotonic()
        receiver.deliver("beside", delivery)
        assert receiver.deliveries("beside") == [delivery]

    assert time.monotonic() - began < 5
