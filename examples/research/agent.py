"""The agent: its goal, and the graph that reaches it."""

from __future__ import annotations

from framework.graph import (
    Constraint,
    EdgeCondition,
    EdgeSpec,
    Goal,
    GraphSpec,
    LoopConfig,
    SuccessCriterion,
)
from framework.model.loop_config import ClientTurns

from .config import MOST_ROUNDS
from .nodes import file_report, intake, list_sources, report, research, review

goal = Goal(
    id="sourced-report",
    name="A sourced report",
    description="Answer a person's question in a report whose every citation was read.",
    success_criteria=[
        SuccessCriterion(
            id="sourced",
            description="The report cites at least two pages.",
            metric="custom",
            target="len(cited) >= 2",
            weight=0.5,
        ),
        SuccessCriterion(
            id="reviewed",
            description="The person found the research to be enough.",
            metric="custom",
            target="verdict == 'enough'",
            weight=0.5,
        ),
    ],
    constraints=[
        Constraint(
            id="only-what-was-read",
            description="The report cites no page that was not read in this run.",
            constraint_type="hard",
            category="grounding",
            check="len(unread) == 0",
        )
    ],
    input_schema={
        "type": "object",
        "properties": {
            "topic": {"type": "string", "description": "What it is about; the agent asks for the rest."}
        },
    },
)

nodes = [intake, research, list_sources, review, report, file_report]


def _next(edge: str, source: str, target: str) -> EdgeSpec:
    return EdgeSpec(id=edge, source=source, target=target, condition=EdgeCondition.ON_SUCCESS)


def _when(edge: str, source: str, target: str, expression: str, priority: int = 0) -> EdgeSpec:
    return EdgeSpec(
        id=edge,
        source=source,
        target=target,
        condition=EdgeCondition.CONDITIONAL,
        condition_expr=expression,
        priority=priority,
    )


edges = [
    _next("briefed", "intake", "research"),
    _next("researched", "research", "list_sources"),
    _when("something-read", "list_sources", "review", "output.source_count > 0"),
    _when("nothing-read", "list_sources", "research", "output.source_count == 0", -1),
    _when("enough", "review", "report", "output.verdict == 'enough' or rounds_left == 0"),
    # The feedback edge: what the person missed goes back to the research.
    _when("more", "review", "research", "output.verdict == 'more' and rounds_left > 0", -1),
    _next("written", "report", "file_report"),
]

entry_node = "intake"
entry_points = {"start": entry_node}
terminal_nodes = ["file_report"]
pause_nodes: list[str] = []

graph = GraphSpec(
    id="research",
    goal_id=goal.id,
    version="1.0.0",
    entry_node=entry_node,
    entry_points=entry_points,
    terminal_nodes=terminal_nodes,
    pause_nodes=pause_nodes,
    nodes=nodes,
    edges=edges,
    max_tokens=6_000,
    max_steps=3 + 3 * MOST_ROUNDS,
    loop_config=LoopConfig(
        max_iterations=30, max_tool_result_chars=6_000, client_turns=ClientTurns.TEXT, tool_timeout_s=90
    ),
    identity_prompt="You are a careful researcher. You name your sources, and you say what you do not know.",
    description="Asks what is wanted, searches and reads, has a person review, and reports with sources.",
)
