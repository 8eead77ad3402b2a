"""A node's conversation reads back from the journal of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from framework.errors import JournalReadOnlyError, RunNotFoundError
from framework.graph import EdgeSpec, NodeSpec
from framework.llm.scripted import call
from framework.storage.conversation_store import FileConversationStore
from tests.support.one_node import OneNode

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = (call("set_output", key="brief", value="short"), "Noted.", "Written.")


async def stored(path: Path, **fields: object) -> OneNode:
    """Run ``n``, which writes a brief, and ``w``, which reads it."""
    writer = NodeSpec(id="w", input_keys=["brief"], system_prompt="Write.")
    first = NodeSpec(id="n", output_keys=["brief"], system_prompt="Ask.")
    edge = EdgeSpec(id="e", source="n", target="w", condition="on_success")
    graph = {"nodes": [first, writer], "edges": [edge], "terminal_nodes": ["w"], **fields}
    run = OneNode([*SCRIPT], storage=path, graph=graph)
    assert (await run.run()).success
    return run


async def test_a_nodes_part_of_a_conversation_reads_back(tmp_path: Path) -> None:
    run = await stored(tmp_path)

    parts = await FileConversationStore(tmp_path, run_id=run.run_id, node_id="n").read_parts()

    assert [(part["seq"], part["role"], part["content"]) for part in parts] == [
        (0, "user", "Begin."), (1, "assistant", ""),
        (2, "tool", "Output 'brief' is set."), (3, "assistant", "Noted."),
    ]  # fmt: skip
    assert parts[1]["tool_calls"][0]["input"] == {"key": "brief", "value": "short"}
    assert parts[2]["tool_use_id"] == parts[1]["tool_calls"][0]["id"]


async def test_a_node_that_continues_a_conversation_has_its_own_part(tmp_path: Path) -> None:
    await stored(tmp_path)

    parts = await FileConversationStore(tmp_path, node_id="w").read_parts()
    whole = await FileConversationStore(tmp_path).read_parts()

    assert [part["role"] for part in parts] == ["user", "assistant"]
    assert [part["content"] for part in whole[4:]] == [part["content"] for part in parts]


async def test_the_path_of_older_packages_names_the_node(tmp_path: Path) -> None:
    await stored(tmp_path, conversation_mode="isolated")

    parts = await FileConversationStore(tmp_path / "conversations" / "w").read_parts()

    assert [part["content"] for part in parts] == ["brief: short", "Written."]


async def test_the_prompt_and_the_progress_of_a_node_read_back(tmp_path: Path) -> None:
    run = await stored(tmp_path)
    store = FileConversationStore(tmp_path, node_id="n")

    assert await store.read_meta() == {"run_id": run.run_id, "node_id": "n", "system_prompt": "Ask."}
    assert await store.read_cursor() == {"iteration": 1, "outputs": {"brief": "short"}, "next_seq": 4}


async def test_a_node_that_never_ran_said_nothing(tmp_path: Path) -> None:
    await stored(tmp_path)
    store = FileConversationStore(tmp_path, node_id="none-such")

    assert await store.read_parts() == []
    assert (await store.read_meta(), await store.read_cursor()) == (None, None)


async def test_a_branch_has_its_own_conversation(tmp_path: Path) -> None:
    def way(source: str, target: str) -> EdgeSpec:
        return EdgeSpec(id=source + target, source=source, target=target, condition="on_success")

    nodes = [NodeSpec(id=name, max_retries=1) for name in "nabj"]
    edges = [way("n", "a"), way("n", "b"), way("a", "j"), way("b", "j")]
    run = OneNode(
        lambda request: "Of " + request.messages[-1].content.split("Now: ")[-1][0],
        storage=tmp_path,
        graph={"nodes": nodes, "edges": edges, "terminal_nodes": ["j"]},
    )
    await run.run()

    parts = await FileConversationStore(tmp_path, node_id="b").read_parts()

    assert [part["content"] for part in parts][1:] == ["Of b"]


async def test_nothing_is_written_through_a_view(tmp_path: Path) -> None:
    store = FileConversationStore(tmp_path)
    writes = [
        store.write_part(0, {}), store.write_meta({}), store.write_cursor({}),
        store.delete_parts_before(1), store.destroy(),
    ]  # fmt: skip

    for write in writes:
        with pytest.raises(JournalReadOnlyError, match="run the graph to add to them"):
            await write
    await store.close()


async def test_a_folder_without_runs_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError, match="run the agent first"):
        await FileConversationStore(tmp_path).read_parts()
