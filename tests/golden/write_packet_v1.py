"""Writes the golden packet of format 1: ``.venv/bin/python -m tests.golden.write_packet_v1``.

Packets of a released format are never written anew: they stand for the packets people have.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.runtime.packet import FORMAT, build_packet, write_packet
from tests.support.failing_agents import run_clerk

GOLDEN = Path(__file__).parent / "packet-v1"


async def write_golden(folder: Path) -> None:
    """Write the packet of a run that looked something up and then failed in a function."""
    script = [call("look_up", who="Ada"), call("set_output", key="label", value="broken"), "Done."]
    with tempfile.TemporaryDirectory() as name:
        letter = {"letter": "please pay with sk-" + "a1B2" * 8}
        runner, _ = await run_clerk(Path(name), ScriptedProvider(script), inputs=letter)
        packet = await build_packet(runner.journal, "run")
    write_packet(packet, folder / "broken.packet.json")


def main() -> None:
    """Replace the golden packet."""
    if FORMAT != 1:
        raise SystemExit("This program writes a newer format; the packets of format 1 stay as they are.")
    GOLDEN.mkdir(exist_ok=True)
    asyncio.run(write_golden(GOLDEN))


if __name__ == "__main__":
    main()
