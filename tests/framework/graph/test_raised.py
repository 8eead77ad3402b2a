"""What is said of an error that a node's own code raised: its class, and the file and line of that code."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import NodeError
from framework.graph.raised import raised_facts
from framework.journal.raised import told_error
from framework.packages import load_package
from tests.support.printed_packages import write_package
from tests.support.walked_graphs import Walked, edge, failing, graph, node, walked

if TYPE_CHECKING:
    from pathlib import Path

AGENT = """
from framework.graph import Goal, NodeSpec

from .nodes.count import count

goal = Goal(id="g", name="G", description="d")
nodes = [NodeSpec(id="count", node_type="function", output_keys=["n"], function=count, max_retries=1)]
edges = []
entry_node = "count"
terminal_nodes = ["count"]
"""
COUNT = """
import json


def count() -> int:
    return json.loads("{")
"""


async def test_an_error_names_its_node_its_class_and_the_users_line(tmp_path: Path) -> None:
    files = {"agent.py": AGENT, "nodes/__init__.py": "", "nodes/count.py": COUNT}
    package = load_package(write_package(tmp_path, "counter", files))
    bench = Walked()

    result = await bench.run(package.graph)

    assert str(result.error).startswith("Node 'count' raised JSONDecodeError: Expecting property name")
    assert str(result.error).endswith(" (nodes/count.py:6)")
    assert told_error(await bench.state()) == result.error


async def test_an_error_of_the_framework_says_all_itself() -> None:
    error = NodeError("no stock", node_id="n")

    assert raised_facts(error) == {}
    assert (await walked(graph([node("n")]), {"n": failing_with(error)})).error == "no stock"


def failing_with(error: Exception):
    def fail() -> None:
        raise error

    return fail


async def test_a_secret_in_an_error_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "correct horse battery")

    result = await walked(graph([node("n")]), {"n": failing("refused: correct horse battery")})

    assert str(result.error).startswith("Node 'n' raised ValueError: refused: [secret] (")


async def test_an_error_that_was_overcome_is_not_the_runs() -> None:
    spec = graph([node("a"), node("b")], [edge("a", "b", "always")])

    result = await walked(spec, {"a": failing("first"), "b": failing("second", KeyError)})

    assert str(result.error).startswith("Node 'b' raised KeyError: 'second' (")


async def test_the_line_stands_outside_the_hash() -> None:
    digests: list[str] = []
    for fail in (failing("no"), failing_with(ValueError("no"))):
        bench = Walked({"n": fail})
        await bench.run(graph([node("n")]))
        lines = [json.loads(line) for line in await bench.runtime.journal.read("run")]
        digests.append(lines[-1]["digest"])

    assert digests[0] == digests[1]


def test_an_error_without_any_line_of_the_users_has_no_place() -> None:
    assert raised_facts(ValueError("never raised")) == {"raised_at": ""}


def leave() -> None:
    raise SystemExit(0)


async def leave_soon() -> None:
    raise SystemExit(0)


async def cancelled_group() -> None:
    raise BaseExceptionGroup("all of them", [asyncio.CancelledError()])


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (leave, "SystemExit: 0"),
        (leave_soon, "Node 'n' ended with SystemExit: 0; return from it, or raise why it failed."),
        (cancelled_group, "all of them"),
    ],
)
async def test_what_would_end_the_program_fails_its_node_and_leads_on(function: Any, words: str) -> None:
    spec = graph([node("n"), node("m")], [edge("n", "m", "on_failure")], terminal_nodes=["n", "m"])
    bench = Walked({"n": function, "m": lambda: None})
    assert (await bench.run(spec)).success
    (failed,) = [entry.event for entry in await bench.entries("node_finished") if not entry.event.succeeded]
    assert words in failed.error.message
