"""What commands tell of a packet: lines for a person, one object for a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hive.cli.text import count, one_line, printable

if TYPE_CHECKING:
    from framework.runtime.packet import Packet

_LONGEST = 200


def packet_lines(packet: Packet) -> list[str]:
    """Return what failed, where and why, for a person."""
    failure = packet.failure
    where = f" at node {one_line(failure.node_id, 60)!r}" if failure.node_id else ""
    status = "was rejected" if failure.rule == "rejected" else packet.status
    lines = [
        f"{one_line(packet.agent, 60)} {status}: {failure.category.value} ({failure.rule})",
        f"  error     {one_line(failure.error, 60)}{where}, entry {failure.seq}",
        f"  message   {one_line(failure.message, _LONGEST)}",
    ]
    lines += [f"  sign      {sign.kind}: {one_line(sign.text, _LONGEST)}" for sign in failure.signs]
    requests, calls = (
        count(len(packet.exchanges), "model request"),
        count(len(packet.tool_calls), "tool call"),
    )
    held = (
        count(len(packet.journal), "journal line"),
        f"{requests} and {calls} of the visit that failed",
        f"{count(packet.secrets, 'secret')} replaced",
    )
    lines.append(f"  holds     {', '.join(held)}")
    return lines + ([f"  left out  {printable(packet.left_out)}"] if packet.left_out else [])


def packet_record(packet: Packet) -> dict[str, Any]:
    """Return the same for a machine."""
    return {
        "run_id": packet.run_id,
        "agent": packet.agent,
        "status": packet.status,
        "failure": packet.failure.model_dump(mode="json"),
        "versions": packet.versions.model_dump(mode="json"),
        "entries": len(packet.journal),
        "secrets": packet.secrets,
        "left_out": packet.left_out or None,
    }
