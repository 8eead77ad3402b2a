"""A run that tells where its data folder lies replays, though the replay has another folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.packages import load_package
from framework.runner import AgentRunner
from framework.runner.packets import reproduce
from framework.runtime.packet import build_packet
from tests.support.printed_packages import write_package

if TYPE_CHECKING:
    from pathlib import Path

KEEPER = {
    "__init__.py": "",
    "agent.py": """\
from framework.graph import EdgeCondition, EdgeSpec, Goal, NodeContext, NodeSpec

ok = EdgeCondition.ON_SUCCESS


def keep(ctx: NodeContext):
    (ctx.data_dir / "notes.txt").write_text("bees")
    return {"path": str(ctx.data_dir / "notes.txt")}


def left(path):
    return {"a": f"left of {path}"}


def right(path):
    return {"b": "x" * 5000 + path}


def end(a, b, text):
    if text == "broken":
        raise ValueError(f"{a} is broken")
    return {"told": f"{a}, {b[:9]}"}


goal = Goal(id="g", name="Keep")
nodes = [
    NodeSpec(id="keep", node_type="function", output_keys=["path"], function=keep),
    NodeSpec(id="left", node_type="function", input_keys=["path"], output_keys=["a"], function=left),
    NodeSpec(id="right", node_type="function", input_keys=["path"], output_keys=["b"], function=right),
    NodeSpec(id="read", input_keys=["a", "path"], output_keys=["text"], system_prompt="Read {path}."),
    NodeSpec(
        id="end",
        node_type="function",
        input_keys=["a", "b", "text"],
        output_keys=["told"],
        function=end,
        max_retries=1,
    ),
]
edges = [
    EdgeSpec(id="1", source="keep", target="left", condition=ok),
    EdgeSpec(id="2", source="keep", target="right", condition=ok),
    EdgeSpec(id="3", source="left", target="read", condition=ok),
    EdgeSpec(id="4", source="right", target="read", condition=ok),
    EdgeSpec(id="5", source="read", target="end", condition=ok),
]
entry_node = "keep"
terminal_nodes = ["end"]
""",
}


async def ran(tmp_path: Path, label: str = "read") -> AgentRunner:
    package = write_package(tmp_path / "first", "keeper", KEEPER)
    script = [call("set_output", key="text", value=label), "Done."]
    runner = AgentRunner.load(package, llm=ScriptedProvider(script), storage_path=tmp_path / "my störe")
    await runner.run({}, run_id="run")
    return runner


async def test_where_the_data_folder_lies_is_no_difference(tmp_path: Path) -> None:
    report = await (await ran(tmp_path)).replay("run")

    assert report.difference is None, str(report.difference)
    assert report.moved > 0


async def test_a_fork_that_tells_where_its_data_folder_lies_replays(tmp_path: Path) -> None:
    runner = await ran(tmp_path)
    forked = await runner.fork("run", 1)
    again = ScriptedProvider([call("set_output", key="text", value="other"), "Done."])
    runner = AgentRunner.load(runner.package.path, llm=again, storage_path=tmp_path / "my störe")
    assert (await runner.run({}, session_state={"run_id": forked.run_id})).success

    report = await runner.replay(forked.run_id)

    assert report.difference is None, str(report.difference)


async def test_another_file_in_the_data_folder_is_a_difference(tmp_path: Path) -> None:
    await ran(tmp_path)
    changed = {**KEEPER, "agent.py": KEEPER["agent.py"].replace("notes.txt", "other.txt")}
    package = write_package(tmp_path / "second", "keeper", changed)

    report = await AgentRunner.load(package, storage_path=tmp_path / "my störe").replay("run")

    assert report.difference is not None
    assert "other.txt" in str(report.difference)


async def test_a_packet_is_reproduced_elsewhere_and_does_not_tell_where_the_folder_was(
    tmp_path: Path,
) -> None:
    runner = await ran(tmp_path, "broken")

    packet = await build_packet(runner.journal, "run")
    found = await reproduce(packet, load_package(write_package(tmp_path / "second", "keeper", KEEPER)))

    assert "st\u00f6re" not in packet.model_dump_json()
    assert found.occurs, found.text
