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
from framework.model.loop_config import ClientTurns

from .config import MOST_DRAFTS
from .nodes import ask_approval, confirm, keep_approved, prepare, send, shelve, write_draft

goal = Goal(
    id="approved-announcement",
    name="An approved announcement",
    description="Announce the facts in words that a person approved, or not at all.",
    success_criteria=[
        SuccessCriterion(
            id="decided",
            description="A person decided, and what they decided was done.",
            metric="custom",
            target="(decision == 'approve' and sent == 1) or (decision == 'reject' and sent == 0)",
        )
    ],
    constraints=[
        Constraint(
            id="only-approved",
            description="Nothing is sent that no person approved.",
            constraint_type="hard",
            category="safety",
            check="sent == 0 or decision == 'approve'",
        ),
        Constraint(
            id="as-approved",
            description="What is sent is, letter by letter, what was approved.",
            constraint_type="hard",
            category="safety",
            check="sent_text == draft",
        ),
        Constraint(
            id="once",
            description="It is sent once at the most.",
            constraint_type="hard",
            category="safety",
            check="sent <= 1",
        ),
    ],
    input_schema={
        "type": "object",
        "properties": {
            "facts": {"type": "string", "description": "What happened, in any form."},
            "audience": {"type": "string", "description": "Who will read it; optional."},
            "outbox": {"type": "string", "description": "The file that approved messages go to."},
        },
        "required": ["facts", "outbox"],
    },
)

nodes = [prepare, write_draft, ask_approval, keep_approved, send, confirm, shelve]


def _decided(edge: str, target: str, decision: str) -> EdgeSpec:
    return EdgeSpec(
        id=edge,
        source="ask_approval",
        target=target,
        condition=EdgeCondition.CONDITIONAL,
        condition_expr=f"output.decision == '{decision}'",
    )


def _next(edge: str, source: str, target: str) -> EdgeSpec:
    return EdgeSpec(id=edge, source=source, target=target, condition=EdgeCondition.ON_SUCCESS)


edges = [
    _next("begin", "prepare", "write_draft"),
    _next("drafted", "write_draft", "ask_approval"),
    _decided("approved", "keep_approved", "approve"),
    _decided("rejected", "shelve", "reject"),
    # The feedback edge: the remark and the draft it is about go back to the writer.
    _decided("change-wanted", "write_draft", "change").model_copy(
        update={"priority": -1, "input_mapping": {"previous": "draft", "remark": "change"}}
    ),
    _next("kept", "keep_approved", "send"),
    _next("sent", "send", "confirm"),
]

entry_node = "prepare"
entry_points = {"start": entry_node}
terminal_nodes = ["confirm", "shelve"]
pause_nodes: list[str] = []

graph = GraphSpec(
    id="approval",
    goal_id=goal.id,
    version="1.0.0",
    entry_node=entry_node,
    entry_points=entry_points,
    terminal_nodes=terminal_nodes,
    pause_nodes=pause_nodes,
    nodes=nodes,
    edges=edges,
    max_tokens=1_024,
    max_steps=4 + 2 * MOST_DRAFTS,
    loop_config=LoopConfig(max_iterations=10, client_turns=ClientTurns.ASK),
    conversation_mode=ConversationMode.ISOLATED,
    description="Drafts an announcement, asks a person, changes it as asked, and sends what was approved.",
)
