"""``hive tools``: what the MCP servers of an agent offer, and the approval of what changed."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from framework.runner import AgentRunner
from hive.cli.debugging import debug_option
from hive.cli.groups import SuggestingGroup
from hive.cli.printing import errors_as_json, say, say_json, say_table, stdout_for_result
from hive.cli.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

    A tool is pinned by the first run that finds it: its name, description, input schema and effects. When a
    server changes one of them, the tool is refused until it is approved; what is refused is shown whole.
    """
    with errors_as_json(is_on=as_json):
        with stdout_for_result(is_on=as_json):
            runner = AgentRunner.load(path, storage_path=storage)
        with closing(runner):
            found = runner.approvals.statuses()
        if as_json:
            say_json({"name": runner.package.name, "tools": [_as_json(tool) for tool in found]})
        elif found:
            say_table([_row(tool) for tool in found], ("TOOL", "SERVER", "STATUS", "DESCRIPTION"))
            _show(tool for tool in found if tool.changed)
        else:
            say(f"The MCP servers of {printable(runner.package.name)} offer no tools.")


@tools.command(name="approve")
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, metavar="[TOOL]...")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask, at a terminal, before approving.")
@_STORAGE
@_JSON
@debug_option
def approve_tools(
    path: Path, names: Sequence[str], storage: Path | None, *, is_sure: bool, as_json: bool
) -> None:
    """Approve each TOOL of the package in the folder PATH as its server offers it now.

    Without a TOOL every tool that changed or is new is approved. They are shown whole first, and a terminal
    is asked whether to go on. An agent that is running takes it up when it is started again.
    """
    with errors_as_json(is_on=as_json):
        with stdout_for_result(is_on=as_json):
            runner = AgentRunner.load(path, storage_path=storage)
        with closing(runner):
            chosen = runner.approvals.chosen(names)
            if not as_json:
                _show(chosen)
                _ask(chosen, is_sure=is_sure)
            approved = runner.approvals.approve_seen(chosen)
        if as_json:
            say_json({"name": runner.package.name, "approved": approved})
        else:
            say(f"Approved: {printable(', '.join(approved)) or 'nothing, for nothing changed or is new'}.")


def _ask(chosen: Sequence[ToolStatus], *, is_sure: bool) -> None:
    if chosen and not is_sure and sys.stdin.isatty():
        click.confirm("Approve?", abort=True)


def _show(tools: Iterable[ToolStatus]) -> None:
    """Print all that a person has to know of each tool before approving it."""
    for tool in tools:
        say(
            f"\n{printable(tool.name)}, of the server {printable(tool.server)}: {_status(tool)}",
            f"effect {tool.pin.effect}, risk {tool.pin.risk}",
            Text(_indented(tool.description)),
            Text(_indented(json.dumps(tool.parameters, indent=2, ensure_ascii=False))),
        )


def _indented(text: str) -> str:
    """Return a server's words with every line set in, so that none can pass for one of ours."""
    return "\n".join(f"  {line}" for line in printable(text).split("\n"))


def _as_json(tool: ToolStatus) -> dict[str, Any]:
    return {
        "name": tool.name,
        "server": tool.server,
        "description": tool.description,
        "parameters": tool.parameters,
        "effect": tool.pin.effect,
        "risk": tool.pin.risk,
        "is_new": tool.is_new,
        "changed": tool.changed,
    }


def _status(tool: ToolStatus) -> str:
    return "new" if tool.is_new else f"refused: {tool.changed}" if tool.changed else "approved"


def _row(tool: ToolStatus) -> tuple[str, ...]:
    return (
        printable(tool.name),
        one_line(tool.server, _LONG),
        one_line(_status(tool), _LONG),
        one_line(tool.description, _LONG),
    )
