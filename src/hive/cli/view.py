"""The live view as text: pure functions from a board to lines that fit the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from rich.cells import chop_cells
from rich.text import Text

from hive.cli.board import Light
from hive.cli.text import cost, duration, one_line, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hive.cli.board import Board, NodeLight, ToolLine
    from hive.cli.symbols import Symbols

_STYLES = {
    Light.WAITING: "dim",
    Light.RUNNING: "bold cyan",
    Light.RETRYING: "bold yellow",
    Light.DONE: "green",
    Light.FAILED: "bold red",
}
_END_STYLES = {"succeeded": "bold green", "failed": "bold red", "paused": "bold yellow"}
_TURNS_A_SECOND = 8
_LONGEST_NAME = 28
_STATE_WIDTH = 9
_TIME_WIDTH = 12
_NARROW = 60
_FEWEST_NODES = 3
_MOST_TEXT_LINES = 6
_MOST_TOOL_LINES = 3


def draw(board: Board, *, width: int, height: int, symbols: Symbols) -> list[Text]:
    """Return the lines of the view, at most ``height`` of at most ``width`` columns.

    Once the run is over every node is shown, whatever the height.
    """
    now = board.clock()
    if board.is_over:
        return [
            _title(board, now, width, symbols),
            *_node_lines(board, list(board.nodes.values()), now, width, symbols),
        ]
    tools = _tool_lines(board, now, width, symbols)
    spoken = _text_lines(board, width, symbols)
    room = max(_FEWEST_NODES, height - 2 - min(len(tools), 1) - min(len(spoken), 2))
    nodes = _node_lines(board, _window(board, room), now, width, symbols)
    room = height - 2 - len(nodes)
    tools = tools[-max(0, min(_MOST_TOOL_LINES, room - min(len(spoken), 2))) :] if room > 0 else []
    room -= len(tools)
    spoken = spoken[-min(room, _MOST_TEXT_LINES) :] if room > 0 else []
    return [_title(board, now, width, symbols), *nodes, *tools, *spoken, _costs(board, width, symbols)][
        :height
    ]


def _title(board: Board, now: float, width: int, symbols: Symbols) -> Text:
    status = board.status
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(one_line(board.agent, _LONGEST_NAME), style="bold")
    line.append(f" {symbols.bullet} ")
    line.append(status, style=_END_STYLES.get(status, "cyan"))
    line.append(f" {symbols.bullet} {duration(int((now - board.begun) * 1_000_000))}")
    if width >= _NARROW:
        line.append(f" {symbols.bullet} run {board.run_id}", style="dim")
    return _fitted(line, width)


def _window(board: Board, room: int) -> list[NodeLight | int]:
    """Return the nodes to show, those at work in sight, and how many are left out on each side."""
    nodes = list(board.nodes.values())
    if len(nodes) <= room:
        return list(nodes)
    active = [at for at, node in enumerate(nodes) if node.is_active]
    last_seen = max((at for at, node in enumerate(nodes) if node.visits), default=0)
    focus = active[-1] if active else last_seen
    shown = max(1, room - 2)
    start = min(max(0, focus - shown // 2), len(nodes) - shown)
    after = len(nodes) - start - shown
    return [*([start] if start else []), *nodes[start : start + shown], *([after] if after else [])]


def _node_lines(
    board: Board, nodes: Sequence[NodeLight | int], now: float, width: int, symbols: Symbols
) -> list[Text]:
    name_width = min(_LONGEST_NAME, max((len(name) for name in board.nodes), default=0), max(8, width - 26))
    return [
        _fitted(Text(f"  ... {node} more", style="dim"), width)
        if isinstance(node, int)
        else _node_line(node, now, name_width, width, symbols)
        for node in nodes
    ]


def _node_line(node: NodeLight, now: float, name_width: int, width: int, symbols: Symbols) -> Text:
    style = _STYLES[node.light]
    line = Text()
    line.append(f" {_sign(node, now, symbols)} ", style=style)
    line.append(one_line(node.id, name_width).ljust(name_width), style="dim" if not node.visits else "")
    line.append(f"  {node.light.value.ljust(_STATE_WIDTH)}", style=style)
    if node.visits:
        line.append(duration(int(node.seconds(now) * 1_000_000)).rjust(_TIME_WIDTH - 2))
    marks = [f"visit {node.visits}"] if node.visits > 1 else []
    marks += [f"retried {node.retries}x"] if node.retries else []
    marks += [one_line(node.note, max(10, width))] if node.note else []
    if marks:
        line.append(
            "  " + f" {symbols.bullet} ".join(marks), style="red" if node.light is Light.FAILED else "dim"
        )
    return _fitted(line, width)


def _sign(node: NodeLight, now: float, symbols: Symbols) -> str:
    match node.light:
        case Light.WAITING:
            return symbols.waiting
        case Light.RUNNING:
            turn = int((now - (node.since or now)) * _TURNS_A_SECOND)
            return symbols.spinner[turn % len(symbols.spinner)]
        case Light.RETRYING:
            return symbols.retrying
        case Light.DONE:
            return symbols.done
        case Light.FAILED:
            return symbols.failed


def _tool_lines(board: Board, now: float, width: int, symbols: Symbols) -> list[Text]:
    return [_tool_line(tool, now, width, symbols) for tool in board.tools]


def _tool_line(tool: ToolLine, now: float, width: int, symbols: Symbols) -> Text:
    seconds = tool.seconds if tool.status else now - tool.since
    state = f"{tool.status or 'calling'} {duration(int(seconds * 1_000_000))}"
    style = {"": "cyan", "ok": "dim"}.get(tool.status, "yellow")
    head = f" {symbols.arrow} {one_line(tool.tool, _LONGEST_NAME)}"
    room = width - len(head) - len(state) - 4
    return _fitted(
        Text(f"{head}({call_arguments(tool.arguments, max(3, room))}) {state}", style=style), width
    )


def call_arguments(arguments: object, limit: int) -> str:
    """Return a tool call's arguments as a person reads them: ``query="bees", limit=3``."""
    if isinstance(arguments, dict):
        parts = [f"{key}={_json(value)}" for key, value in arguments.items()]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  (a model's JSON)
        return one_line(", ".join(parts), limit)
    return "" if arguments is None else one_line(str(arguments), limit)


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()


def _text_lines(board: Board, width: int, symbols: Symbols) -> list[Text]:
    spoken = printable(board.streams.get(board.speaker, "")).rstrip()
    if not spoken:
        return []
    wrapped = [
        piece
        for line in spoken.expandtabs(4).splitlines()[-_MOST_TEXT_LINES:]
        for piece in chop_cells(line, max(8, width - 3)) or [""]
    ]
    return [
        _fitted(Text(f" {symbols.bar} {line}", style="italic"), width) for line in wrapped[-_MOST_TEXT_LINES:]
    ]


def _costs(board: Board, width: int, symbols: Symbols) -> Text:
    tally = board.tally
    spent = cost(tally.cost_usd, answers=tally.answers, unpriced=tally.unpriced)
    parts = [f"tokens {tally.input_tokens:,} in, {tally.output_tokens:,} out", spent]
    text = f" {symbols.bullet} ".join(parts) if tally.answers else "no model used so far"
    return _fitted(Text(f" {text}", style="dim"), width)


def _fitted(line: Text, width: int) -> Text:
    line.no_wrap = True
    line.truncate(width, overflow="crop")
    return line
