"""``hive tools``: what the MCP servers of an agent offer, and the approval of what changed."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from framework.runner import AgentRunner
from hive.cli.debugging import debug_option
from hive.cli.groups import SuggestingGroup
from hive.cli.printing import errors_as_json, say, say_json, say_table, stdout_for_result
from hive.cli.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.runner.approvals import ToolStatus

_LONG = 60
_STORAGE = click.option(
    "--storage", type=click.Path(path_type=Path), help="Where runs are kept, when it is not the usual folder."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(cls=SuggestingGroup, name="tools")
def tools() -> None:
    """Look at the tools of an agent's MCP servers, and approve those that changed."""


@tools.command(name="list")
@click.argument("path", type=click.Path(path_type=Path))
@_STORAGE
@_JSON
@debug_option
def list_tools(path: Path, storage: Path | None, *, as_json: bool) -> None:
    """List what the MCP servers of the package in the folder PATH offer now.

    A tool is pinned by the first run that finds it: its name, description and input schema. When a server
    changes one of them, the tool is refused until it is approved.
    """
    with errors_as_json(is_on=as_json):
        with stdout_for_result(is_on=as_json):
            runner = AgentRunner.load(path, storage_path=storage)
        with closing(runner):
            found = runner.approvals.statuses()
        if as_json:
            say_json({"name": runner.package.name, "tools": [asdict(tool) for tool in found]})
        elif found:
            say_table([_row(tool) for tool in found], ("TOOL", "SERVER", "STATUS", "DESCRIPTION"))
        else:
            say(f"The MCP servers of {printable(runner.package.name)} offer no tools.")


@tools.command(name="approve")
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, metavar="[TOOL]...")
@_STORAGE
@_JSON
@debug_option
def approve_tools(path: Path, names: Sequence[str], storage: Path | None, *, as_json: bool) -> None:
    """Approve each TOOL of the package in the folder PATH as its server offers it now.

    Without a TOOL every tool that changed is approved. Look at them first: hive tools list PATH.
    """
    with errors_as_json(is_on=as_json):
        with stdout_for_result(is_on=as_json):
            runner = AgentRunner.load(path, storage_path=storage)
        with closing(runner):
            approved = runner.approvals.approve(names)
        if as_json:
            say_json({"name": runner.package.name, "approved": approved})
        else:
            say(f"Approved: {printable(', '.join(approved)) or 'nothing, for nothing changed'}.")


def _row(tool: ToolStatus) -> tuple[str, ...]:
    status = "new" if tool.is_new else f"refused: {tool.changed}" if tool.changed else "approved"
    return (
        printable(tool.name),
        one_line(tool.server, _LONG),
        one_line(status, _LONG),
        one_line(tool.description, _LONG),
    )
