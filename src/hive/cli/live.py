"""The live view on a terminal: redraws the board while a run lasts, and steps aside for questions."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from rich.console import Group
from rich.live import Live

from hive.cli.echo import Echo
from hive.cli.symbols import symbols_for
from hive.cli.view import draw

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

    from framework.loop.context import Person
    from framework.model.events import QuestionAsked
    from hive.cli.board import Board

_SECONDS_A_FRAME = 0.1


class LiveView:
    """Draws a board again and again; enter it around the run.

    What nodes and tools print meanwhile appears above the view.
    """

    def __init__(self, board: Board, console: Console) -> None:
        """Draw ``board`` on ``console``."""
        self._board = board
        self._console = console
        self._symbols = symbols_for(console.encoding)
        self._echo = Echo()
        self._live: Live | None = None
        self._ticker: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Show the view."""
        self.resume()
        self._ticker = asyncio.create_task(self._tick())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Draw the board a last time and leave it on the screen."""
        if self._ticker is not None:
            self._ticker.cancel()
            with suppress(asyncio.CancelledError):
                await self._ticker
        if self._board.status == "running":
            self._board.status = "interrupted" if kind is asyncio.CancelledError else "ended"
        self._close(leaves_board=True)

    def suspend(self) -> None:
        """Take the view off the screen."""
        self._close(leaves_board=False)

    def resume(self) -> None:
        """Put the view on the screen, below what was printed meanwhile."""
        if self._live is None:
            self._live = Live(
                console=self._console,
                get_renderable=self._frame,
                auto_refresh=False,
                vertical_overflow="crop",
            )
            self._echo.off()
            self._live.start(refresh=True)

    def _frame(self) -> Group:
        width, height = self._console.size
        return Group(*draw(self._board, width=width, height=height - 1, symbols=self._symbols))

    def _close(self, *, leaves_board: bool) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.transient = not leaves_board
            with suppress(OSError):
                live.stop()
            self._echo.on()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_A_FRAME)
            if self._live is not None:
                try:
                    self._live.refresh()
                except OSError:
                    return  # The terminal is gone; the run goes on without it.


class LivePerson:
    """Lets a person answer below the view, which is off the screen meanwhile."""

    def __init__(self, person: Person, view: LiveView) -> None:
        """Ask ``person``, taking ``view`` away while they answer."""
        self._person = person
        self._view = view

    async def ask(self, question: QuestionAsked) -> str:
        """Return the person's answer.

        Raises:
            RunPausedError: if nobody is there.
        """
        self._view.suspend()
        try:
            return await self._person.ask(question)
        finally:
            self._view.resume()
