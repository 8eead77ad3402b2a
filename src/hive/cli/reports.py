"""What a command reports, and the options by which a person chooses it."""

from __future__ import annotations

from enum import Enum

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")

quiet_option = click.option(
    "--quiet", "-q", is_flag=True, help="Show no progress, and one line at the end. --json goes before it."
)

quiet_anyway_option = click.option(
    "--quiet", "-q", is_flag=True, expose_value=False, help="Taken as elsewhere: one line is all it prints."
)


class Report(Enum):
    """What is told at the end of a command."""

    FULL = "full"
    SHORT = "short"
    JSON = "json"

    @classmethod
    def chosen(cls, *, as_json: bool, quiet: bool) -> Report:
        """Return what these options ask for."""
        if as_json:
            return cls.JSON
        return cls.SHORT if quiet else cls.FULL
