"""The nodes: three ask a model, the others are plain functions."""

from __future__ import annotations

from framework.graph import NodeSpec

# Relative, because a package may be loaded under another name than that of its folder.
from .. import functions  # noqa: TID252  (see above)
from ..config import (  # noqa: TID252  (see above)
    CATEGORIES,
    FEWEST_SUMMARY_CHARS,
    MOST_REDOS,
    MOST_SUMMARY_CHARS,
    MOST_TICKETS,
    URGENCIES,
)
from .prompts import CLASSIFY, MEANING, PRIORITISE, SUMMARISE

read_tickets = NodeSpec(
    id="read_tickets",
    name="Read tickets",
    description="Reads the tickets of a CSV file.",
    node_type="function",
    function=functions.read_tickets,
    input_keys=["csv_path"],
    output_keys=["tickets", "triaged", "category_examples", "summary_examples", "urgency_examples"],
    max_retries=1,
)
next_ticket = NodeSpec(
    id="next_ticket",
    name="Next ticket",
    description="Takes the first ticket that is not triaged.",
    node_type="function",
    function=functions.next_ticket,
    input_keys=["tickets", "triaged"],
    output_keys=["ticket", "rejected"],
    max_retries=1,
    max_node_visits=MOST_TICKETS,
)
classify = NodeSpec(
    id="classify",
    name="Classify",
    description="Sorts the ticket into a category.",
    node_type="event_loop",
    input_keys=["category_examples", "ticket"],
    output_keys=["category"],
    output_schema={
        "category": {"type": "string", "enum": list(CATEGORIES), "description": MEANING["category"]}
    },
    system_prompt=CLASSIFY,
    max_node_visits=0,
)
prioritise = NodeSpec(
    id="prioritise",
    name="Prioritise",
    description="Says how urgent the ticket is.",
    node_type="event_loop",
    input_keys=["urgency_examples", "ticket"],
    output_keys=["urgency"],
    output_schema={"urgency": {"type": "string", "enum": list(URGENCIES), "description": MEANING["urgency"]}},
    system_prompt=PRIORITISE,
    max_node_visits=0,
)
summarise = NodeSpec(
    id="summarise",
    name="Summarise",
    description="Says in a few words what the ticket is about.",
    node_type="event_loop",
    input_keys=["summary_examples", "hint", "ticket"],
    output_keys=["summary"],
    nullable_output_keys=["hint"],
    output_schema={
        "summary": {
            "type": "string",
            "minLength": FEWEST_SUMMARY_CHARS,
            "maxLength": MOST_SUMMARY_CHARS,
            "description": MEANING["summary"],
        }
    },
    system_prompt=SUMMARISE,
    max_node_visits=0,
)
review = NodeSpec(
    id="review",
    name="Review",
    description="Checks the answers without a model; sends the summary back once, then asks for a person.",
    node_type="function",
    function=functions.review,
    input_keys=["ticket", "category", "urgency", "summary", "rejected"],
    output_keys=["verdict", "rejected", "doubt", "hint"],
    nullable_output_keys=["hint"],
    max_retries=1,
    max_node_visits=MOST_TICKETS * (1 + MOST_REDOS),
)
record = NodeSpec(
    id="record",
    name="Record",
    description="Adds the ticket to the triaged ones.",
    node_type="function",
    function=functions.record,
    input_keys=["tickets", "triaged", "ticket", "category", "urgency", "summary", "rejected", "doubt"],
    output_keys=["triaged", "remaining"],
    max_retries=1,
    max_node_visits=0,
)
write_report = NodeSpec(
    id="write_report",
    name="Write report",
    description="Writes the report as Markdown and measures it.",
    node_type="function",
    function=functions.write_report,
    input_keys=["csv_path", "output_dir", "tickets", "triaged"],
    output_keys=[
        "report_path",
        "report",
        "reported_ids",
        "ticket_ids",
        "coverage",
        "grounding",
        "settled",
    ],
    nullable_output_keys=["output_dir"],
    max_retries=1,
)
