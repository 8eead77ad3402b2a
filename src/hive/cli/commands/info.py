"""``hive info``: what an agent package is made of."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from framework.model.node import NodeType
from framework.runner import AgentRunner
from hive.cli.debugging import debug_option
from hive.cli.outcome import labelled
from hive.cli.printing import errors_as_json, say, say_json, stdout_for_result, symbols
from hive.cli.text import count, one_line, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.model.edge import EdgeSpec
    from framework.model.goal import Goal
    from framework.model.graph import GraphSpec
    from framework.model.node import NodeSpec
    from framework.runtime.entry_point import EntryPointSpec
    from hive.cli.symbols import Symbols

_LONG = 200


@click.command(name="info")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@debug_option
def info(path: Path, *, as_json: bool) -> None:
    """Show goal, nodes, edges and tools of the agent package in the folder PATH."""
    with errors_as_json(is_on=as_json):
        with stdout_for_result(is_on=as_json):
            runner = AgentRunner.load(path)
        with closing(runner):
            if as_json:
                say_json(runner.info())
            else:
                say(*info_lines(runner, symbols()))


def info_lines(runner: AgentRunner, symbols: Symbols) -> list[Text]:
    """Return what a person wants to know of a package."""
    package, metadata, known = runner.package, runner.package.metadata, runner.info()
    title = Text(printable(package.name), style="bold")
    title.append(f"  {one_line(metadata.name, 80)} {one_line(metadata.version, 40)}", style="dim")
    lines = [title]
    if metadata.description:
        lines.append(Text(f"  {one_line(metadata.description, _LONG)}"))
    lines += [
        labelled("folder", printable(str(package.path))),
        labelled("version", package.version[:12]),
        labelled("model", one_line(runner.model, 80) if package.needs_model else "none needed"),
        labelled("tools", ", ".join(package.required_tools) or "none"),
        labelled("offered", one_line(", ".join(known["available_tools"]), _LONG) or "none"),
        labelled("input", one_line(", ".join(known["inputs"]), _LONG) or "none"),
        *_trigger_lines(package.triggers),
        labelled("runs in", printable(str(runner.storage_path))),
        *_goal_lines(package.goal, symbols),
        *_graph_lines(package.graph, symbols),
    ]
    return lines


def _trigger_lines(triggers: Sequence[EntryPointSpec]) -> list[Text]:
    told = ", ".join(f"{spec.id} ({spec.trigger_type})" for spec in triggers)
    return [labelled("triggers", one_line(told, _LONG))] if told else []


def _goal_lines(goal: Goal, symbols: Symbols) -> list[Text]:
    lines = [labelled("goal", one_line(goal.name or goal.id, 80))]
    for criterion in goal.success_criteria:
        text = one_line(criterion.description or criterion.id, _LONG)
        lines.append(
            labelled(
                "", f"{symbols.bullet} {text} (weight {criterion.weight:g}, {one_line(criterion.metric, 40)})"
            )
        )
    for constraint in goal.constraints:
        text = one_line(constraint.description or constraint.id, _LONG)
        lines.append(
            labelled("", f"{symbols.bullet} {text} ({'hard' if constraint.is_hard else 'soft'} constraint)")
        )
    return lines


def _graph_lines(graph: GraphSpec, symbols: Symbols) -> list[Text]:
    lines = [Text(f"{count(len(graph.nodes), 'node')}, {count(len(graph.edges), 'edge')}", style="bold")]
    for node in graph.nodes:
        lines.append(_node_line(node, graph, symbols))
        lines += [_edge_line(edge, symbols) for edge in graph.edges_from(node.id)]
    return lines


def _node_line(node: NodeSpec, graph: GraphSpec, symbols: Symbols) -> Text:
    kind = "function" if node.node_type == NodeType.FUNCTION else "model"
    marks = [kind]
    marks += ["entry"] if node.id == graph.entry_node else []
    marks += ["terminal"] if node.id in graph.terminal_nodes else []
    marks += ["asks a person"] if node.client_facing else []
    marks += ["any number of visits"] if node.max_node_visits == 0 else []
    marks += [f"up to {node.max_node_visits} visits"] if node.max_node_visits > 1 else []
    line = Text(f"  {symbols.done} {one_line(node.id, 60)}", style="bold")
    line.append(f"  {', '.join(marks)}", style="not bold cyan")
    read, written = (", ".join(keys) or "nothing" for keys in (node.input_keys, node.output_keys))
    line.append(f"  {one_line(f'{read} {symbols.arrow} {written}', _LONG)}", style="not bold dim")
    return line


def _edge_line(edge: EdgeSpec, symbols: Symbols) -> Text:
    when = edge.condition.value.replace("_", " ")
    if edge.condition_expr:
        when = f"if {one_line(edge.condition_expr, 80)}"
    if edge.is_feedback:
        when += ", feedback"
    return Text(f"      {symbols.arrow} {one_line(edge.target, 60)} ({when})", style="dim")
