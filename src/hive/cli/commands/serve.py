"""``hive serve``: the webhooks and timers of an agent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from framework.packages import load_package
from framework.runner import AgentRunner
from framework.settings import load_settings
from hive.cli.amounts import Number
from hive.cli.debugging import debug_option
from hive.cli.inputs import read_model
from hive.cli.interrupts import drive
from hive.cli.printing import say
from hive.cli.stored import opened_journal
from hive.cli.text import printable
from hive.errors import CannotServeError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PORT = 8787
_GRACE_S = 10.0


@click.command(name="serve")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0 takes a free one."
)
@click.option(
    "--grace",
    type=Number(0),
    default=_GRACE_S,
    show_default=True,
    help="Seconds for runs under way at the end.",
)
@click.option(
    "--model", "-m", callback=read_model, help="The model, for example local/smollm2 or openai/gpt-4o-mini."
)
@click.option("--storage", type=click.Path(path_type=Path), help="Folder that keeps the runs.")
@click.option(
    "--approve", multiple=True, metavar="TOOL", help="Let this tool of high risk be called without asking."
)
@debug_option
def serve(  # noqa: PLR0913, PLR0917  (click passes one argument for each option)
    path: Path,
    host: str,
    port: int,
    grace: float,
    model: str | None,
    storage: Path | None,
    approve: Sequence[str],
) -> int:
    """Serve the webhooks of the agent in the folder PATH, and run its timers.

    Deliveries are answered with 202 and the run's id; GET /runs/ID says where it stands.
    Ctrl-C or SIGTERM stops: runs that outlast the grace are paused and can be carried on.
    """
    try:
        from hive.serving.server import serve as serve_agent  # noqa: PLC0415  (starlette and uvicorn are optional)
    except ImportError as error:
        raise CannotServeError(
            f"Serving needs {error.name}, which is not installed; "
            "install it with: pip install 'hive-agents[serve]'"
        ) from error
    settings = load_settings()
    package = load_package(path, settings=settings)

    async def served() -> None:
        async with opened_journal(storage, package.name) as journal:
            runner = AgentRunner(
                package,
                settings=settings,
                model=model,
                storage_path=storage,
                approve=approve,
                journal=journal,
            )
            await serve_agent(runner, host=host, port=port, grace_s=grace, tell=_tell)

    drive(served())
    return 0


def _tell(lines: Sequence[str]) -> None:
    say(*(printable(line) for line in lines))
