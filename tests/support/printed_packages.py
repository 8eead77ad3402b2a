"""Agent packages that tests write to disk, as a person would."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

GOAL = """\
from framework.graph import Constraint, EdgeCondition, EdgeSpec, Goal, NodeSpec, SuccessCriterion

goal = Goal(
    id="triage-goal",
    name="Triage",
    description="Sort letters.",
    success_criteria=[
        SuccessCriterion(id="sorted", description="Every letter is sorted", metric="label", target="bill"),
    ],
    constraints=[
        Constraint(id="short", description="Labels are short", constraint_type="hard", category="quality"),
    ],
)
"""

NODES = """\
from framework.graph import NodeSpec

classify_node = NodeSpec(
    id="classify-letter",
    name="Classify",
    description="Give the letter a label",
    node_type="function",
    input_keys=["letter"],
    output_keys=["label"],
)
file_node = NodeSpec(
    id="file-letter",
    name="File",
    description="Name the drawer",
    node_type="function",
    input_keys=["label"],
    output_keys=["drawer"],
)
"""

AGENT = f"""\
{GOAL}
from .nodes import classify_node, file_node

nodes = [classify_node, file_node]
edges = [
    EdgeSpec(
        id="classify-to-file",
        source="classify-letter",
        target="file-letter",
        condition=EdgeCondition.ON_SUCCESS,
    ),
]
entry_node = "classify-letter"
entry_points = {{"start": "classify-letter"}}
terminal_nodes = ["file-letter"]
pause_nodes = []
"""

FUNCTIONS = """\
def classify_letter(letter: str) -> str:
    return "bill" if "pay" in letter else "other"


def file_letter(label: str) -> dict:
    return {"drawer": f"drawer of {label}s"}
"""

MAIN = """\
from framework.entry import main

raise SystemExit(main(__file__))
"""

FUNCTION_AGENT = {
    "__init__.py": "from .agent import goal\n",
    "__main__.py": MAIN,
    "agent.py": AGENT,
    "nodes/__init__.py": NODES,
    "functions.py": FUNCTIONS,
    "README.md": "# Triage\n",
}
"""A package of two function nodes: no model is needed."""

MODEL_AGENT = {
    "__init__.py": "",
    "__main__.py": MAIN,
    "agent.py": dedent(
        """\
        from framework.graph import EdgeCondition, EdgeSpec, Goal, NodeSpec

        goal = Goal(id="research-goal", name="Research", description="Research a topic.")
        search_node = NodeSpec(
            id="search-web",
            name="Search Web",
            description="Search for information",
            node_type="event_loop",
            input_keys=["query"],
            output_keys=["search_results"],
            system_prompt="Search the web for: {query}. Then call set_output.",
            tools=["web_search"],
        )
        nodes = [search_node]
        edges = []
        entry_node = "search-web"
        terminal_nodes = ["search-web"]
        loop_config = {"max_iterations": 7}
        conversation_mode = "isolated"
        identity_prompt = "You are a librarian."
        max_steps = 9
        """
    ),
    "config.py": dedent(
        """\
        from framework.config import RuntimeConfig

        default_config = RuntimeConfig(model="local/none-such", temperature=0.2, max_tokens=777)
        metadata = {"name": "Librarian", "version": "2.1.0", "description": "Finds things."}
        """
    ),
    "tools.py": dedent(
        '''\
        from framework.runner.tool_registry import tool


        @tool(effect="none")
        def web_search(query: str) -> str:
            """Search the web."""
            return f"found {query}"
        '''
    ),
}
"""A package of one node that a model runs, with a tool."""


def write_package(parent: Path, name: str, files: dict[str, str], **changes: str | None) -> Path:
    """Write a package and return its folder; ``agent="..."`` replaces ``agent.py``, None leaves it out."""
    changed = {f"{key}.py": text for key, text in changes.items()}
    folder = parent / name
    for path, text in {**files, **changed}.items():
        if text is not None:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    return folder
