"""Groups of commands that know what was meant, and load a command only when it is called."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

Place = tuple[str, str]
"""Where a command is (``module:name``), and what it does in a few words."""


class SuggestingGroup(click.Group):
    """A group that suggests a command for a mistyped one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was called.

        Raises:
            click.UsageError: if there is none by that name.
        """
        names = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in names:
            close = get_close_matches(args[0], names, n=1, cutoff=0.5)
            advice = f"Did you mean {close[0]!r}?" if close else f"Known commands: {', '.join(names)}."
            raise click.UsageError(f"There is no command {args[0]!r}. {advice}", ctx)
        return super().resolve_command(ctx, args)


class LazyGroup(SuggestingGroup):
    """A group that knows its commands by name and place, besides those that are added to it."""

    def __init__(self, name: str, places: Mapping[str, Place], *, help_text: str) -> None:
        """Offer the commands in ``places``, in that order."""
        super().__init__(name=name, help=help_text, no_args_is_help=True)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands: those added, by name, then the others as declared."""
        return [*super().list_commands(ctx), *self._places]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        place = self._places.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = place[0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without loading them."""
        added = [(name, self.commands[name].get_short_help_str()) for name in super().list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([*added, *((name, place[1]) for name, place in self._places.items())])
