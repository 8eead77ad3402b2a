"""Failure packets and packages: failing again with a package, and a test that this is over."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from framework.credentials.known import known_secrets
from framework.packages.loader import load_package
from framework.runner.replaying import replay_package
from framework.runtime.packet import Packet, Reproduction, read_packet, reproduction_of
from framework.runtime.packet.reproduce import recording_of
from framework.settings import load_settings

if TYPE_CHECKING:
    from framework.packages.package import AgentPackage


async def reproduce(packet: Packet, package: AgentPackage) -> Reproduction:
    """Walk the packet's run again with a package, offline, and return what became of the failure.

    Raises:
        PacketError: if the packet holds no journal.
        InvalidGraphError: if the package's graph fails validation.
    """
    secrets = known_secrets(load_settings().home).values()
    report = await replay_package(package, recording_of(packet, secrets))
    return reproduction_of(packet, report, package.version)


def check_failure_is_over(packet: str | Path, package: str | Path) -> str:
    """Return what became of a packet's failure, for the test that ``hive packet to-test`` writes.

    Args:
        packet: the packet's file.
        package: the folder of the agent package.

    Raises:
        AssertionError: if the run still fails as it did.
        PacketError: if the packet cannot be read.
        PackageError: if the package does not load.
    """
    found = asyncio.run(reproduce(read_packet(Path(packet)), load_package(package)))
    if found.occurs:
        raise AssertionError(found.text)
    return found.text
