"""The nodes: four in which a model works, two of them with a person, and two functions."""

from __future__ import annotations

from framework.graph import NodeSpec

# Relative, because a package may be loaded under another name than that of its folder.
from .. import functions  # noqa: TID252  (see above)
from ..config import MOST_FINDINGS_CHARS, MOST_REPORT_CHARS, MOST_ROUNDS  # noqa: TID252  (see above)
from ..judges import CitesWhatWasRead, PersonAnswered, WorkIsSentBackWithWords  # noqa: TID252  (see above)
from .prompts import INTAKE, REPORT, RESEARCH, REVIEW

intake = NodeSpec(
    id="intake",
    name="Intake",
    description="Finds out with the person what is to be researched.",
    node_type="event_loop",
    client_facing=True,
    input_keys=["topic"],
    output_keys=["research_brief"],
    nullable_output_keys=["topic"],
    output_schema={
        "research_brief": {
            "type": "string",
            "minLength": 10,
            "maxLength": 2_000,
            "description": "the question, its scope, and what the report is for",
        }
    },
    system_prompt=INTAKE,
    judge=PersonAnswered(),
)
research = NodeSpec(
    id="research",
    name="Research",
    description="Searches, reads pages and gathers findings.",
    node_type="event_loop",
    input_keys=["research_brief", "feedback"],
    output_keys=["findings"],
    nullable_output_keys=["feedback"],
    output_schema={
        "findings": {
            "type": "string",
            "minLength": 10,
            "maxLength": MOST_FINDINGS_CHARS,
            "description": "what was found, each statement with the address of its page",
        }
    },
    tools=["web_search", "web_scrape", "save_data", "load_data"],
    system_prompt=RESEARCH,
    max_node_visits=MOST_ROUNDS,
)
list_sources = NodeSpec(
    id="list_sources",
    name="List sources",
    description="Lists the pages that were really read.",
    node_type="function",
    function=functions.list_sources,
    input_keys=["findings"],
    output_keys=["sources", "source_count", "rounds_left", "feedback"],
    nullable_output_keys=["feedback"],
    max_retries=1,
    max_node_visits=MOST_ROUNDS,
)
review = NodeSpec(
    id="review",
    name="Review",
    description="Shows the findings to the person, who says whether they are enough.",
    node_type="event_loop",
    client_facing=True,
    input_keys=["findings", "rounds_left"],
    output_keys=["verdict", "feedback"],
    nullable_output_keys=["feedback"],
    output_schema={
        "verdict": {"type": "string", "enum": ["enough", "more"]},
        "feedback": {"type": "string", "description": "what to research further, in the person's words"},
    },
    system_prompt=REVIEW,
    max_node_visits=MOST_ROUNDS,
    judge=WorkIsSentBackWithWords(),
)
report = NodeSpec(
    id="report",
    name="Report",
    description="Writes the report.",
    node_type="event_loop",
    input_keys=["research_brief", "findings", "sources"],
    output_keys=["report"],
    output_schema={
        "report": {
            "type": "string",
            "minLength": 40,
            "maxLength": MOST_REPORT_CHARS,
            "description": "the report in Markdown",
        }
    },
    tools=["load_data"],
    system_prompt=REPORT,
    judge=CitesWhatWasRead(),
)
file_report = NodeSpec(
    id="file_report",
    name="File report",
    description="Writes the report with its sources among the files of the run.",
    node_type="function",
    function=functions.file_report,
    input_keys=["report", "sources"],
    output_keys=["report_path", "cited", "unread"],
    max_retries=1,
)
