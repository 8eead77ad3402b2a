"""The nodes: two ask a model, the others are plain functions."""

from __future__ import annotations

from framework.graph import NodeSpec

# Relative, because a package may be loaded under another name than that of its folder.
from .. import functions  # noqa: TID252  (see above)
from ..config import CATEGORIES, MOST_SUMMARY_CHARS, MOST_TICKETS, MOST_REDOS, URGENCIES  # noqa: TID252  (see above)
from .prompts import CLASSIFY, EXTRACT

read_tickets = NodeSpec(
    id="read_tickets",
    name="Read tickets",
    description="Reads the tickets of a CSV file.",
    node_type="function",
    function=functions.read_tickets,
    input_keys=["csv_path"],
    output_keys=["tickets", "triaged", "rejected", "category_examples", "extract_examples"],
    max_retries=1,
)
next_ticket = NodeSpec(
    id="next_ticket",
    name="Next ticket",
    description="Takes the next ticket, or the same again with a hint when the review sent it back.",
    node_type="function",
    function=functions.next_ticket,
    input_keys=["tickets", "triaged", "rejected"],
    output_keys=["ticket", "hint"],
    nullable_output_keys=["hint"],
    max_retries=1,
    max_node_visits=MOST_TICKETS * (1 + MOST_REDOS),
)
classify = NodeSpec(
    id="classify",
    name="Classify",
    description="Sorts one ticket into a category.",
    node_type="event_loop",
    input_keys=["hint", "ticket"],
    output_keys=["category"],
    nullable_output_keys=["hint"],
    output_schema={"category": {"type": "string", "enum": list(CATEGORIES)}},
    system_prompt=CLASSIFY,
    max_node_visits=0,
)
extract = NodeSpec(
    id="extract",
    name="Extract",
    description="Says in one sentence what the customer needs, and how urgent it is.",
    node_type="event_loop",
    input_keys=["hint", "ticket"],
    output_keys=["summary", "urgency"],
    nullable_output_keys=["hint"],
    output_schema={
        "summary": {"type": "string", "minLength": 8, "maxLength": MOST_SUMMARY_CHARS},
        "urgency": {"type": "string", "enum": list(URGENCIES)},
    },
    system_prompt=EXTRACT,
    max_node_visits=0,
)
review = NodeSpec(
    id="review",
    name="Review",
    description="Checks both answers without a model; sends the ticket back once, then leaves it to a person.",
    node_type="function",
    function=functions.review,
    input_keys=["ticket", "category", "summary", "urgency", "rejected"],
    output_keys=["verdict", "rejected", "doubt"],
    max_retries=1,
    max_node_visits=0,
)
record = NodeSpec(
    id="record",
    name="Record",
    description="Adds the ticket to the triaged ones.",
    node_type="function",
    function=functions.record,
    input_keys=["tickets", "triaged", "ticket", "category", "summary", "urgency", "rejected", "doubt"],
    output_keys=["triaged", "rejected", "remaining"],
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
