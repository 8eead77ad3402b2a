"""The baseline of the walks writes what the journal holds, byte by byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import by_hand, graphs

if TYPE_CHECKING:
    from framework.graph import GraphSpec


@pytest.mark.parametrize(
    "graph", [graphs.chain(3), graphs.loop(3), graphs.fan(3)], ids=lambda graph: graph.id
)
async def test_the_lines_by_hand_are_those_of_the_journal(graph: GraphSpec) -> None:
    kept: list[list[bytes]] = []
    work = await by_hand.one_run_by_hand(graph, {"n": 0}, kept)
    work()
    work()
    assert kept[0] == kept[1]
    assert len(kept[0]) > 10


async def test_a_baseline_that_writes_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_hand, "encoded_by_hand", lambda entries: [b"{}" for _ in entries])
    with pytest.raises(RuntimeError, match="not what the journal holds"):
        await by_hand.one_run_by_hand(graphs.chain(2), {"n": 0}, [])
