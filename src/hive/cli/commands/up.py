"""``hive up``: the control plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hive.cli.control_parts import control_part
from hive.cli.debugging import debug_option
from hive.cli.interrupts import drive
from hive.cli.printing import say
from hive.cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_PORT = 8700
_GRACE_S = 10


@click.command(name="up")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0 takes a free one."
)
@click.option(
    "--grace",
    type=click.IntRange(0),
    default=_GRACE_S,
    show_default=True,
    help="Seconds for requests under way at the end.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="warning",
    show_default=True,
    help="What is logged, as JSON lines on stderr.",
)
@debug_option
def up(host: str, port: int, grace: int, log_level: str) -> int:
    """Start the control plane: database, hot state and HTTP server.

    Without settings everything is embedded, under $HIVE_HOME; HIVE_DATABASE_URL
    and HIVE_REDIS_URL name servers of yours. Ctrl-C or SIGTERM stops.
    """
    server = control_part("hive.control.app.server")
    settings = control_part("hive.control.app.settings").load_control_settings()
    control_part("hive.control.app.logs").log_as_json(log_level)
    options = server.UpOptions(host=host, port=port, grace_s=grace)
    drive(server.up(settings, options, _tell))
    return 0


def _tell(lines: Sequence[str]) -> None:
    say(*(printable(line) for line in lines))
