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

from .config import MOST_REDOS, MOST_TICKETS
from .nodes import (
    classify,
    next_ticket,
    prioritise,
    read_tickets,
    record,
    review,
    summarise,
    write_report,
)

goal = Goal(
    id="triaged-tickets",
    name="Triaged support tickets",
    description="Sort every ticket of a CSV file, say in a sentence what it is about, and report.",
    success_criteria=[
        SuccessCriterion(
            id="coverage",
            description="Share of the tickets with a known category, a known urgency and a summary.",
            metric="custom",
            target="coverage >= 1.0",
            weight=0.4,
        ),
        SuccessCriterion(
            id="grounding",
            description="Share of the words of the summaries that stand in their tickets.",
            metric="custom",
            target="grounding >= 0.8",
            weight=0.4,
        ),
        SuccessCriterion(
            id="settled",
            description="Share of the tickets that nobody needs to look at again.",
            metric="custom",
            target="settled >= 0.75",
            weight=0.2,
        ),
    ],
    constraints=[
        Constraint(
            id="each-ticket-once",
            description="Every ticket of the file stands in the report exactly once.",
            constraint_type="hard",
            category="completeness",
            check="sorted(reported_ids) == sorted(ticket_ids)",
        ),
        Constraint(
            id="never-more-than-given",
            description="No ticket is made up.",
            constraint_type="hard",
            category="completeness",
            check="len(triaged) <= len(tickets)",
        ),
    ],
    input_schema={
        "type": "object",
        "properties": {
            "csv_path": {"type": "string", "description": "A CSV file with the columns id, subject, body."},
            "output_dir": {
                "type": "string",
                "description": "Folder of the report; the run's own by default.",
            },
        },
        "required": ["csv_path"],
    },
)

nodes = [read_tickets, next_ticket, classify, prioritise, summarise, review, record, write_report]

edges = [
    EdgeSpec(id="begin", source="read_tickets", target="next_ticket", condition=EdgeCondition.ON_SUCCESS),
    # Three edges from one node: the model's three tasks run at once and join at the review.
    EdgeSpec(id="to-classify", source="next_ticket", target="classify", condition=EdgeCondition.ON_SUCCESS),
    EdgeSpec(
        id="to-prioritise", source="next_ticket", target="prioritise", condition=EdgeCondition.ON_SUCCESS
    ),
    EdgeSpec(id="to-summarise", source="next_ticket", target="summarise", condition=EdgeCondition.ON_SUCCESS),
    EdgeSpec(id="classified", source="classify", target="review", condition=EdgeCondition.ON_SUCCESS),
    EdgeSpec(id="prioritised", source="prioritise", target="review", condition=EdgeCondition.ON_SUCCESS),
    EdgeSpec(id="summarised", source="summarise", target="review", condition=EdgeCondition.ON_SUCCESS),
    EdgeSpec(
        id="accepted",
        source="review",
        target="record",
        condition=EdgeCondition.CONDITIONAL,
        condition_expr="output.verdict == 'accept'",
    ),
    EdgeSpec(
        id="sent-back",
        source="review",
        target="summarise",
        condition=EdgeCondition.CONDITIONAL,
        condition_expr="output.verdict == 'redo'",
        priority=-1,
    ),
    EdgeSpec(
        id="all-done",
        source="record",
        target="write_report",
        condition=EdgeCondition.CONDITIONAL,
        condition_expr="output.remaining == 0",
    ),
    EdgeSpec(
        id="more-tickets",
        source="record",
        target="next_ticket",
        condition=EdgeCondition.CONDITIONAL,
        condition_expr="output.remaining > 0",
        priority=-1,
    ),
]

entry_node = "read_tickets"
entry_points = {"start": entry_node}
terminal_nodes = ["write_report"]
pause_nodes: list[str] = []

_FIRST_ROUND = 6  # next_ticket, the three tasks, review, record
_REDO = 2  # summarise, review

graph = GraphSpec(
    id="support_triage",
    goal_id=goal.id,
    version="1.0.0",
    entry_node=entry_node,
    entry_points=entry_points,
    terminal_nodes=terminal_nodes,
    pause_nodes=pause_nodes,
    nodes=nodes,
    edges=edges,
    max_tokens=512,
    max_steps=2 + MOST_TICKETS * (_FIRST_ROUND + _REDO * MOST_REDOS),
    loop_config=LoopConfig(max_iterations=4),
    conversation_mode=ConversationMode.ISOLATED,
    description="Reads tickets, asks a model three things of each at once, reviews the answers, reports.",
)
