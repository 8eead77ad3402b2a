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
from framework.model.graph import ConversationMode

from .config import MOST_COMMITS, MOST_REDOS
from .nodes import (
    check_summary,
    count_contributors,
    find_hot_files,
    find_themes,
    gather,
    read_history,
    summarise,
    write_report,
)

goal = Goal(
    id="reported-history",
    name="A reported history",
    description="Report who changed what in a git repository: figures that are counted, prose about them.",
    success_criteria=[
        SuccessCriterion(
            id="figures",
            description="The report holds the figures.",
            metric="custom",
            target="commit_count == 0 or ('## Contributors' in report and '## Files changed most' in report)",
            weight=0.6,
        ),
        SuccessCriterion(
            id="summary",
            description="A model wrote about them, without numbers of its own.",
            metric="custom",
            target="has_summary",
            weight=0.4,
        ),
    ],
    constraints=[
        Constraint(
            id="every-commit-counted",
            description="The figures are those of every commit that was read.",
            constraint_type="hard",
            category="correctness",
            check="figures['overview']['commits'] == len(commits)",
        )
    ],
    input_schema={
        "type": "object",
        "properties": {
            "repository": {"type": "string", "description": "Path of a git repository."},
            "revisions": {"type": "string", "description": "A branch, tag or range such as v1.0..main."},
            "since": {"type": "string", "description": "First day, as 2026-01-31."},
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_COMMITS,
                "description": "Most commits.",
            },
        },
        "required": ["repository"],
    },
)

nodes = [
    read_history,
    count_contributors,
    find_hot_files,
    find_themes,
    gather,
    summarise,
    check_summary,
    write_report,
]


def _next(source: str, target: str) -> EdgeSpec:
    edge = f"{source}-{target}".replace("_", "-")
    return EdgeSpec(id=edge, source=source, target=target, condition=EdgeCondition.ON_SUCCESS)


def _when(edge: str, source: str, target: str, expression: str) -> EdgeSpec:
    condition = EdgeCondition.CONDITIONAL
    return EdgeSpec(id=edge, source=source, target=target, condition=condition, condition_expr=expression)


edges = [
    # Three edges from one node: the figures are counted at once and join where they are gathered.
    _next("read_history", "count_contributors"),
    _next("read_history", "find_hot_files"),
    _next("read_history", "find_themes"),
    _next("count_contributors", "gather"),
    _next("find_hot_files", "gather"),
    _next("find_themes", "gather"),
    _when("something-happened", "gather", "summarise", "output.commit_count > 0"),
    _when("nothing-happened", "gather", "write_report", "output.commit_count == 0"),
    _next("summarise", "check_summary"),
    # Without a summary the figures still are worth a report.
    EdgeSpec(id="no-summary", source="summarise", target="write_report", condition=EdgeCondition.ON_FAILURE),
    _when("accepted", "check_summary", "write_report", "output.verdict == 'accept'"),
    _when("sent-back", "check_summary", "summarise", "output.verdict == 'redo'").model_copy(
        update={"priority": -1}
    ),
]

entry_node = "read_history"
entry_points = {"start": entry_node}
terminal_nodes = ["write_report"]
pause_nodes: list[str] = []

graph = GraphSpec(
    id="repository_report",
    goal_id=goal.id,
    version="1.0.0",
    entry_node=entry_node,
    entry_points=entry_points,
    terminal_nodes=terminal_nodes,
    pause_nodes=pause_nodes,
    nodes=nodes,
    edges=edges,
    max_tokens=1_024,
    max_steps=6 + 2 * (1 + MOST_REDOS),
    loop_config=LoopConfig(max_iterations=4),
    conversation_mode=ConversationMode.ISOLATED,
    description="Reads commits, counts three things at once, has a model write about them, and reports.",
)
