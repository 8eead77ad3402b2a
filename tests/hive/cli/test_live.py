"""The live view on a terminal: drawn, taken away for questions, and left behind at the end."""

from __future__ import annotations

import io
import os
import sys
import termios
import time

import pytest
from rich.console import Console

from framework.errors import RunPausedError
from hive.cli.board import new_board
from hive.cli.echo import Echo
from hive.cli.live import LivePerson, LiveView
from tests.support import event_samples as sample

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Answering:
    """A person who notes what the terminal had seen when asked."""

    def __init__(self, screen: io.StringIO) -> None:
        self.screen = screen
        self.seen = ""

    async def ask(self, question: object) -> str:
        self.seen = self.screen.getvalue()
        return "blue"


class Absent:
    async def ask(self, question: object) -> str:
        raise RunPausedError("Nobody is there.", node_id="first")


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def view(screen: io.StringIO) -> LiveView:
    console = Console(file=screen, force_terminal=True, width=60, height=20)
    return LiveView(new_board("agent", "run-1", ["first"], time.monotonic), console)


async def test_the_cursor_comes_back_and_the_board_stays(view: LiveView, screen: io.StringIO) -> None:
    async with view:
        assert screen.getvalue().startswith(HIDE)
    assert screen.getvalue().rstrip().endswith(SHOW) or SHOW in screen.getvalue()
    assert "ended" in screen.getvalue().split(HIDE)[-1]


async def test_the_view_is_gone_while_a_person_answers(view: LiveView, screen: io.StringIO) -> None:
    person = Answering(screen)
    async with view:
        assert await LivePerson(person, view).ask(sample.question("q")) == "blue"
        assert screen.getvalue().count(HIDE) == 2
    assert person.seen.count(SHOW) == 1
    assert person.seen.rstrip().endswith("\x1b[2K")


async def test_the_view_comes_back_when_nobody_answers(view: LiveView, screen: io.StringIO) -> None:
    async with view:
        with pytest.raises(RunPausedError):
            await LivePerson(Absent(), view).ask(sample.question("q"))
    assert screen.getvalue().count(HIDE) == screen.getvalue().count(SHOW) == 2


def test_typing_is_not_echoed_into_the_view(monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard, terminal = os.openpty()
    with os.fdopen(terminal, "r") as stdin, os.fdopen(keyboard, "rb"):
        monkeypatch.setattr(sys, "stdin", stdin)
        echo = Echo()
        echo.off()
        assert not termios.tcgetattr(stdin)[3] & termios.ECHO
        echo.on()
        assert termios.tcgetattr(stdin)[3] & termios.ECHO


def test_echo_leaves_a_file_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    echo = Echo()
    echo.off()
    echo.on()
    assert sys.stdin.read() == ""
