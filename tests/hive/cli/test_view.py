"""The live view: what a board looks like in a window of a given size."""

from __future__ import annotations

from typing import Any

import pytest

from framework.events.bus import AgentEvent, EventType
from hive.cli.board import Board, Light, new_board
from hive.cli.symbols import ASCII, UNICODE, symbols_for
from hive.cli.view import draw


class Seconds:
    """A clock of seconds that moves when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def hear(board: Board, kind: EventType, node_id: str = "", **data: Any) -> None:
    board.hear(AgentEvent(type=kind, run_id="r", node_id=node_id, lane="m", data=data))


def shown(board: Board, width: int = 80, height: int = 23) -> list[str]:
    return [line.plain for line in draw(board, width=width, height=height, symbols=UNICODE)]


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def board(seconds: Seconds) -> Board:
    return new_board("agent", "run-1", ["first", "second"], seconds)


def test_nodes_light_up_as_they_run(board: Board, seconds: Seconds) -> None:
    hear(board, EventType.NODE_STARTED, "first", visit=1)
    seconds.now = 2.5
    assert shown(board)[1].startswith(" ⠋ first   running      2.50 s")
    hear(board, EventType.NODE_RETRY, "first", attempt=2, error="too slow")
    assert "retrying     2.50 s  attempt 2" not in shown(board)[1]
    assert "retried 1x · too slow" in shown(board)[1]
    hear(board, EventType.NODE_COMPLETED, "first")
    hear(board, EventType.NODE_STARTED, "second", visit=3)
    hear(board, EventType.NODE_FAILED, "second", error="broken")
    assert shown(board)[1].startswith(" ● first   done         2.50 s")
    assert shown(board)[2].endswith("visit 3 · broken")
    assert [node.light for node in board.nodes.values()] == [Light.DONE, Light.FAILED]


def test_tokens_cost_tools_and_text_are_shown_while_they_matter(board: Board, seconds: Seconds) -> None:
    hear(board, EventType.NODE_STARTED, "first", visit=1)
    hear(board, EventType.LLM_TEXT_DELTA, "first", content="one\ntwo \x1b[2J")
    hear(board, EventType.MODEL_ANSWERED, "first", input_tokens=1200, output_tokens=3, cost_usd="0.002")
    hear(board, EventType.TOOL_CALL_STARTED, "first", call_id="c", tool="search", arguments={"q": "bees"})
    seconds.now = 1.0
    lines = shown(board)
    assert ' → search(q="bees") calling 1.00 s' in lines
    assert lines[-3:] == [" │ one", " │ two \\x1b[2J", " tokens 1,200 in, 3 out · $0.002"]
    hear(board, EventType.TOOL_CALL_COMPLETED, "first", call_id="c", status="error")
    assert ' → search(q="bees") error 1.00 s' in shown(board)
    hear(board, EventType.NODE_COMPLETED, "first")
    assert not any("two" in line for line in shown(board))


@pytest.mark.parametrize("width", [8, 20, 40, 79, 200])
@pytest.mark.parametrize("height", [3, 8, 23])
def test_the_view_fits_any_window(seconds: Seconds, width: int, height: int) -> None:
    names = [f"node-with-a-rather-long-name-{number}" for number in range(30)]
    board = new_board("蜂" * 50, "run-1", names, seconds)
    hear(board, EventType.NODE_STARTED, names[20], visit=1)
    hear(board, EventType.LLM_TEXT_DELTA, names[20], content="蜂蜜 honey " * 200)
    hear(board, EventType.TOOL_CALL_STARTED, names[20], tool="t" * 99, arguments={"q": "x" * 500})
    lines = draw(board, width=width, height=height, symbols=UNICODE)
    assert len(lines) <= height
    assert all(line.cell_len <= width for line in lines)
    if height > 3 and width > 30:
        assert any("running" in line.plain and "node-with" in line.plain for line in lines)


def test_when_the_run_is_over_every_node_is_shown(seconds: Seconds) -> None:
    board = new_board("agent", "r", [f"n{number}" for number in range(40)], seconds)
    hear(board, EventType.NODE_STARTED, "n1", visit=1)
    hear(board, EventType.EXECUTION_FAILED)
    lines = shown(board, height=10)
    assert len(lines) == 41
    assert "failed" in lines[0]
    assert board.nodes["n1"].light is Light.FAILED


def test_a_cancelled_branch_goes_out_at_the_join(board: Board) -> None:
    hear(board, EventType.NODE_STARTED, "second", visit=1)
    hear(board, EventType.BRANCHES_JOINED)
    assert board.nodes["second"].note == "cancelled"


def test_a_terminal_without_unicode_gets_plain_letters() -> None:
    assert symbols_for("ascii") is ASCII
    assert symbols_for("latin-1") is ASCII
    assert symbols_for(None) is ASCII
    assert symbols_for("no-such-encoding") is ASCII
    assert symbols_for("utf-8") is UNICODE
