"""Write docs/cli.md from the command line itself, so that the page cannot be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hive.cli.main import hive

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"

_HEAD = """# Command line

This page is made from the command line itself: `python scripts/cli_reference.py`.

| exit code | means |
|---|---|
| 0 | done |
| 1 | the run failed |
| 2 | something to mend before it can run: usage, package, graph, input, model, key, a damaged journal |
| 3 | the run waits for a person |
| 130 | interrupted; the run is stored as paused |

Errors are one sentence on stderr: what happened, where, and how to mend it. `--debug` shows the
traceback. `--json` prints JSON alone on stdout. `python -m NAME run | info | validate` runs a package
without `hive`, as the same run.
"""


def commands(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """Yield a context for ``command`` and everything below it."""
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from commands(child, click.Context(child, info_name=name, parent=context))


def page() -> str:
    """Return the whole page."""
    root = click.Context(
        hive, info_name="hive", max_content_width=100, terminal_width=100, help_option_names=["-h", "--help"]
    )
    sections = [
        f"## {context.command_path}\n\n```text\n{context.command.get_help(context).rstrip()}\n```\n"
        for context in commands(hive, root)
    ]
    return "\n".join([_HEAD, *sections])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
