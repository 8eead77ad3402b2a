"""Writing the test that a packet's failure is over: a pytest file, and the packet beside it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from framework.errors import PacketError
from framework.runtime.packet import Packet, write_packet

if TYPE_CHECKING:
    from pathlib import Path

_TEMPLATE = '''\
"""Run {run} of {agent} failed ({category}: {error} at {node}); this test fails while it still does."""

from pathlib import Path

from framework.runner.packets import check_failure_is_over

HERE = Path(__file__).parent


def test_{name}_does_not_fail_as_it_did() -> None:
    """Walk the recorded run again, offline: passes once it no longer fails this way, and says why."""
    print(check_failure_is_over(HERE / {packet!r}, package=HERE / {package!r}))
'''


def write_test(packet: Packet, package: Path, test: Path) -> Path:
    """Write the test, with the packet beside it, and return the packet's path.

    The test names the package by its place relative to the test.

    Raises:
        PacketError: if a file cannot be written.
    """
    stored = test.with_suffix(".packet.json")
    failure = packet.failure
    text = _TEMPLATE.format(
        run=_harmless(packet.run_id),
        agent=_harmless(packet.agent),
        category=failure.category.value,
        error=_harmless(failure.error),
        node=_harmless(failure.node_id or "no node"),
        name=re.sub(r"\W+", "_", packet.agent, flags=re.ASCII).strip("_").lower() or "run",
        packet=stored.name,
        package=os.path.relpath(package.resolve(), test.resolve().parent),
    )
    try:
        test.parent.mkdir(parents=True, exist_ok=True)
        write_packet(packet, stored)
        test.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PacketError(f"The test {str(test)!r} could not be written: {error.strerror}.") from error
    return stored


def _harmless(text: str) -> str:
    """Return a text that cannot end the docstring it is written into."""
    return re.sub(r"[^\w .:-]", "?", text, flags=re.ASCII)[:80]
