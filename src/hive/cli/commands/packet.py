"""``hive packet``: a failure that came in a file, reproduced, and turned into a test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from framework.packages import load_package
from framework.runner.offline import offline
from framework.runner.packets import reproduce
from framework.runtime.packet import Packet, read_packet
from hive.cli.commands.replay_run import difference_record
from hive.cli.debugging import debug_option
from hive.cli.faults import FAILED, OK
from hive.cli.groups import SuggestingGroup
from hive.cli.interrupts import drive
from hive.cli.packet_check import write_test
from hive.cli.packet_text import packet_lines, packet_record
from hive.cli.printing import errors_as_json, say, say_json, stdout_for_result
from hive.cli.reports import Report, json_option, quiet_option
from hive.cli.stored import package_option
from hive.cli.text import printable
from hive.errors import PackageUnknownError

if TYPE_CHECKING:
    from collections.abc import Callable


def _file_argument(command: Callable[..., object]) -> Callable[..., object]:
    return click.argument("file", type=click.Path(path_type=Path))(command)


@click.group(cls=SuggestingGroup, name="packet")
def packet() -> None:
    """Look into failure packets, reproduce them, and turn them into tests.

    `hive runs packet RUN` makes one.
    """


@packet.command(name="show")
@_file_argument
@json_option
@quiet_option
@debug_option
def show_packet(file: Path, *, as_json: bool, quiet: bool) -> None:
    """Tell what failed in FILE, and why."""
    with errors_as_json(is_on=as_json):
        found = read_packet(file)
    if as_json:
        say_json(packet_record(found))
        return
    lines = packet_lines(found)
    say(*(lines[:1] if quiet else lines))


@packet.command(name="replay")
@_file_argument
@package_option
@json_option
@quiet_option
@debug_option
def replay_packet(file: Path, package: Path | None, *, as_json: bool, quiet: bool) -> int:
    """Reproduce the failure in FILE with the agent package alone, offline.

    Without --package the agent is looked for by its name here and in exports/. Another version of the
    package than the run had shows whether a fix helps.

    Exit codes: 0 it fails again with the same error at the same node, 1 it does not (the output says
    how it differs), 2 it cannot be replayed as asked.
    """
    with errors_as_json(is_on=as_json):
        found = read_packet(file)
        with stdout_for_result(is_on=True), offline(everywhere=True):
            result = drive(reproduce(found, load_package(_package(found, package))))
    if as_json:
        difference = None if result.difference is None else difference_record(result.difference)
        record = {"run_id": found.run_id, "reproduced": result.occurs, "mended": result.is_mended}
        say_json({**record, "text": result.text, "difference": difference})
    else:
        text = printable(result.text)
        say(text.splitlines()[0] if quiet else text)
    return OK if result.occurs else FAILED


@packet.command(name="to-test")
@_file_argument
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="File of the test.")
@package_option
@json_option
@click.option("--quiet", "-q", is_flag=True, help="Print the test's path alone. --json goes before it.")
@debug_option
def to_test(file: Path, output: Path, package: Path | None, *, as_json: bool, quiet: bool) -> int:
    """Write a pytest file that fails while the failure in FILE still occurs; the packet goes beside it.

    The test passes once the run no longer fails that way: it goes on where it failed, or takes another
    way before that. It prints which of the two.
    """
    with errors_as_json(is_on=as_json):
        found = read_packet(file)
        folder = _package(found, package)
        with stdout_for_result(is_on=True):
            load_package(folder)
        stored = write_test(found, folder, output)
    match Report.chosen(as_json=as_json, quiet=quiet):
        case Report.JSON:
            say_json({"run_id": found.run_id, "test": str(output), "packet": str(stored)})
        case Report.SHORT:
            say(str(output))
        case Report.FULL:
            say(f"written: {output} and {stored}", f"run it with: python -m pytest {output}")
    return OK


def _package(found: Packet, given: Path | None) -> Path:
    """Return the folder of the packet's package.

    Raises:
        PackageUnknownError: if it is not where it is looked for.
    """
    if given is not None:
        return given
    named = [Path(found.agent), Path("exports", found.agent)] if found.agent.isidentifier() else []
    for folder in named:
        if (folder / "agent.py").is_file():
            return folder
    raise PackageUnknownError(
        f"The package of the agent {found.agent!r} is not here, nor in exports/; name it with --package PATH."
    )
