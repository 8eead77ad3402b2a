"""``hive runs packet``: a failed run as one file, without its secrets."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from framework.credentials.known import known_secrets
from framework.runtime.packet import Packet, build_packet, write_packet
from framework.runtime.packet.signs import GOAL_THRESHOLD
from framework.settings import home
from hive.cli.amounts import Number
from hive.cli.debugging import debug_option
from hive.cli.faults import OK
from hive.cli.packet_text import packet_lines, packet_record
from hive.cli.printing import errors_as_json, say, say_json
from hive.cli.reports import json_option
from hive.cli.stored import opened_stores, storage_option
from hive.cli.text import size
from hive.runs import find_run


@click.command(name="packet")
@click.argument("run")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File of the packet.")
@click.option("--emails", "with_emails", is_flag=True, help="Take e-mail addresses out, too.")
@click.option(
    "--threshold",
    type=Number(0, 1),
    default=GOAL_THRESHOLD,
    show_default=True,
    help="Score of the goal below which a run that ended well failed.",
)
@storage_option
@json_option
@click.option("--quiet", "-q", is_flag=True, help="Print the file's path alone. --json goes before it.")
@debug_option
def packet_run(  # noqa: PLR0913  (one parameter an option)
    run: str,
    output: Path | None,
    storage: Path | None,
    *,
    with_emails: bool,
    threshold: float,
    as_json: bool,
    quiet: bool,
) -> int:
    """Pack the failed RUN into one file from which it can be reproduced elsewhere.

    Secrets are replaced by placeholders: what looks like a key, token or password, the stored
    credentials of this machine, and its variables that are named like a secret.
    """
    with errors_as_json(is_on=as_json):
        packet = asyncio.run(_built(storage, run, with_emails=with_emails, threshold=threshold))
        path = output or Path(f"{packet.run_id}.packet.json")
        written = write_packet(packet, path)
    if as_json:
        say_json({**packet_record(packet), "file": str(path), "bytes": written})
        return OK
    if quiet:
        say(str(path))
        return OK
    say(*packet_lines(packet), f"  file      {path} ({size(written)})")
    say(f"  replay    hive packet replay {path} --package PATH")
    return OK


async def _built(storage: Path | None, prefix: str, *, with_emails: bool, threshold: float) -> Packet:
    secrets = known_secrets(home()).values()
    async with opened_stores(storage) as stores:
        run = await find_run(stores, prefix)
        return await build_packet(
            run.journal, run.run_id, secrets=secrets, with_emails=with_emails, threshold=threshold
        )
