"""The older way to ask a person: the run pauses after a node and goes on with new input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import InputError
from framework.journal.reading import read_state
from tests.support.walked_graphs import RUN, Walked, edge, giving, graph, node

if TYPE_CHECKING:
    from framework.graph import GraphSpec

FUNCTIONS: dict[str, Any] = {
    "ask": giving(question="Which colour?"),
    "paint": lambda question, reply: {"painted": f"{question} {reply}"},
}


def asking(**fields: Any) -> GraphSpec:
    nodes = [
        node("ask", writes=["question"]),
        node("paint", reads=["question", "reply"], writes=["painted"]),
    ]
    return graph(
        nodes, **({"pause_nodes": ["ask"], "entry_points": {"start": "ask", "ask_resume": "paint"}} | fields)
    )


async def test_a_run_goes_on_at_the_entry_point_for_it_with_the_input_given_then() -> None:
    bench, spec = Walked(FUNCTIONS), asking()
    first = await bench.run(spec)

    second = await bench.executor.execute(spec, None, {"reply": "blue"}, session_state=first.session_state)

    assert (first.paused_at, first.output) == ("ask", {"question": "Which colour?"})
    assert (second.path, second.output["painted"]) == (["ask", "paint"], "Which colour? blue")


async def test_what_was_given_then_is_part_of_the_journal() -> None:
    bench, spec = Walked(FUNCTIONS), asking()
    await bench.run(spec)
    await bench.executor.execute(spec, None, {"reply": "blue"}, session_state={"run_id": RUN})

    state = await read_state(bench.runtime.journal, RUN)

    assert state.main.memory["reply"].load() == "blue"


async def test_without_an_entry_point_the_edges_lead_on() -> None:
    spec = asking(entry_points={}, edges=[edge("ask", "paint")])
    spec.nodes[1].nullable_output_keys = ["reply"]
    bench = Walked(FUNCTIONS)
    await bench.run(spec, {"reply": "red"})

    result = await bench.executor.execute(spec, None, {"reply": "blue"}, session_state={"run_id": RUN})

    assert result.output["painted"] == "Which colour? blue"


async def test_an_input_that_is_no_json_carries_nothing_on() -> None:
    bench, spec = Walked(FUNCTIONS), asking()
    await bench.run(spec)

    with pytest.raises(InputError, match="no JSON"):
        await bench.executor.execute(spec, None, {"reply": object()}, session_state={"run_id": RUN})

    assert (await read_state(bench.runtime.journal, RUN)).paused_at == "ask"
