"""Two agent packages around the snippets that the concepts page prints, character by character.

What is printed stands in constants of its own; the rest is the least that makes a package of them.
"""

from __future__ import annotations

from textwrap import indent

from tests.support.printed_packages import MAIN

GOAL = """\
goal = Goal(
id="research-goal",
name="Technical Research Agent",
description="Research technical topics thoroughly",
success_criteria=[
SuccessCriterion(
id="completeness",
description="Cover all aspects of topic",
metric="coverage_score",
target=">=0.9",
weight=0.4,
),
# 3-5 success criteria total
],
constraints=[
Constraint(
id="accuracy",
description="All information must be verified",
constraint_type="hard",
category="quality",
),
# 1-5 constraints total
],
)
"""

SEARCH_NODE = """\
search_node = NodeSpec(
id="search-web",
name="Search Web",
description="Search for information and extract results",
node_type="event_loop",
input_keys=["query"],
output_keys=["search_results"],
system_prompt="Search the web for: {query}. Use the web_search tool to find results, then call set_output to store them.",
tools=["web_search"],
)
"""  # noqa: E501  (as it is printed)

EDGES = """\
# Forward edge (evaluated first)
EdgeSpec(
id="review-to-campaign",
source="review",
target="campaign-builder",
condition=EdgeCondition.CONDITIONAL,
condition_expr="output.get('approved_contacts') is not None",
priority=1,
)

# Feedback edge (evaluated after forward edges)
EdgeSpec(
id="review-feedback",
source="review",
target="extractor",
condition=EdgeCondition.CONDITIONAL,
condition_expr="output.get('redo_extraction') is not None",
priority=-1,
)
"""

INTAKE_NODE = """\
intake_node = NodeSpec(
id="intake",
name="Intake",
description="Gather requirements from the user",
node_type="event_loop",
client_facing=True,
input_keys=[],
output_keys=["repo_url", "project_url"],
system_prompt="You are the intake agent. Ask the user for the repo URL and project URL.",
)
"""

STEPS = '''\
system_prompt="""\\
**STEP 1 — Respond to the user (text only, NO tool calls):**
[Present information, ask questions, etc.]

**STEP 2 — After the user responds, call set_output:**
[Call set_output with the structured outputs]
"""
'''

RESEARCH_NODE = """\
research_node = NodeSpec(
id="research",
input_keys=["research_brief", "feedback"],
nullable_output_keys=["feedback"], # Not present on first visit
max_node_visits=3,
...
)
"""
"""The dots are the reader's to fill in."""

RESEARCH_TOOLS = 'tools=["web_search", "web_scrape", "load_data", "save_data", "list_data_files"],\n'

DIRECT = """\
# Direct execution — executor auto-creates EventLoopNodes
from framework.graph.executor import GraphExecutor
from framework.runtime.core import Runtime

runtime = Runtime(storage_path)
executor = GraphExecutor(
    runtime=runtime,
    llm=llm,
    tools=tools,
    tool_executor=tool_executor,
    storage_path=storage_path,
)
result = await executor.execute(graph=graph, goal=goal, input_data=input_data)
"""

WITH_RUNTIME = """\
# TUI execution — AgentRuntime also works
from framework.runtime.agent_runtime import create_agent_runtime
runtime = create_agent_runtime(
    graph=graph, goal=goal, storage_path=storage_path,
    entry_points=[...], llm=llm, tools=tools, tool_executor=tool_executor,
)
"""

TOOLS = '''\
from framework.runner.tool_registry import tool


@tool(effect="none")
def web_search(query: str) -> str:
    """Search the web."""
    return f"found {query}"


@tool(effect="none")
def web_scrape(url: str) -> str:
    """Read a page."""
    return f"page {url}"
'''


def _filled(printed: str, rest: str) -> str:
    """Put ``rest`` where the printed text leaves dots."""
    assert printed.count("...\n") == 1
    return printed.replace("...\n", rest)


def _inside_a_method(printed: str) -> str:
    """Indent the printed call and name its entry point; its import stands at the top of the module."""
    call = printed[printed.index("runtime = ") :].replace("[...]", "[default]")
    call = call.replace("tool_executor=tool_executor,", "tool_executor=tool_executor,\n    " + _CHECKPOINTS)
    return indent(call.rstrip(), " " * 8)


_CHECKPOINTS = "checkpoint_config=CheckpointConfig(enabled=True, checkpoint_on_node_complete=True),"
_FIRST_EDGE, _SECOND_EDGE = (part.strip() for part in EDGES.split("\n\n"))

OUTREACH = {
    "__init__.py": "",
    "__main__.py": MAIN,
    "config.py": "from framework.config import RuntimeConfig\n\ndefault_config = RuntimeConfig()\n",
    "tools.py": TOOLS,
    "functions.py": "def campaign_builder(approved_contacts: str) -> str:\n"
    "    return f'A campaign for {approved_contacts}'\n",
    "nodes/__init__.py": f"""\
from framework.graph import NodeSpec

{INTAKE_NODE}
{SEARCH_NODE}
{_filled(RESEARCH_NODE, RESEARCH_TOOLS + 'output_keys=["findings"], system_prompt="Research."')}
extractor_node = NodeSpec(
    id="extractor",
    input_keys=["repo_url", "project_url", "search_results", "redo_extraction"],
    nullable_output_keys=["redo_extraction"],
    output_keys=["contacts", "research_brief"],
    max_node_visits=3,
    system_prompt="Extract.",
)
review_node = NodeSpec(
    id="review",
    input_keys=["contacts", "findings"],
    output_keys=["approved_contacts", "redo_extraction", "feedback"],
    nullable_output_keys=["approved_contacts", "redo_extraction", "feedback"],
    max_node_visits=3,
    system_prompt="Review.",
)
campaign_node = NodeSpec(
    id="campaign-builder",
    node_type="function",
    input_keys=["approved_contacts"],
    output_keys=["campaign"],
)
""",
    "agent.py": f"""\
from framework.graph import Constraint, EdgeCondition, EdgeSpec, Goal, SuccessCriterion

from .nodes import (
    campaign_node, extractor_node, intake_node, research_node, review_node, search_node,
)

{GOAL}

def after(source, target):
    return EdgeSpec(
        id=f"{{source}}-to-{{target}}", source=source, target=target, condition=EdgeCondition.ON_SUCCESS
    )


nodes = [intake_node, search_node, extractor_node, research_node, review_node, campaign_node]
edges = [
    after("intake", "search-web"),
    after("search-web", "extractor"),
    after("extractor", "research"),
    after("research", "review"),
{_FIRST_EDGE},
{_SECOND_EDGE},
]
entry_node = "intake"
entry_points = {{"start": "intake"}}
terminal_nodes = ["campaign-builder"]
pause_nodes = []
""",
}
"""Intake, search, research with nullable feedback, review edges: run by an executor."""

SURVEY = {
    "__init__.py": "from .agent import SurveyAgent, default_agent, edges, goal, nodes\n",
    "__main__.py": MAIN,
    "config.py": """\
from dataclasses import dataclass

from framework.config import RuntimeConfig

default_config = RuntimeConfig()


@dataclass
class AgentMetadata:
    name: str = "Survey"
    version: str = "1.0.0"
    description: str = "Survey a topic from two sides."


metadata = AgentMetadata()
""",
    "tools.py": TOOLS,
    "nodes/__init__.py": f"""\
from framework.graph import NodeSpec

intake_node = NodeSpec(
    id="intake",
    name="Intake",
    client_facing=True,
    output_keys=["topic"],
    {STEPS.rstrip()},
)
web_node = NodeSpec(
    id="web",
    name="Web",
    input_keys=["topic"],
    output_keys=["pages"],
    system_prompt="Read the web about {{topic}}.",
    {RESEARCH_TOOLS.rstrip()}
)
paper_node = NodeSpec(
    id="papers",
    name="Papers",
    input_keys=["topic"],
    output_keys=["papers"],
    system_prompt="Find papers about {{topic}}.",
    tools=["web_search", "save_data"],
)
report_node = NodeSpec(
    id="report",
    name="Report",
    input_keys=["topic", "pages", "papers"],
    output_keys=["report", "link"],
    system_prompt="Write the report.",
    tools=["list_data_files", "load_data", "save_data", "serve_file_to_user"],
)
""",
    "agent.py": f"""\
from pathlib import Path

from framework.graph import Constraint, EdgeCondition, EdgeSpec, Goal, SuccessCriterion
from framework.graph.checkpoint_config import CheckpointConfig
from framework.graph.edge import GraphSpec
from framework.graph.executor import ExecutionResult
from framework.runner.tool_registry import ToolRegistry
from framework.runtime.agent_runtime import AgentRuntime, create_agent_runtime
from framework.runtime.execution_stream import EntryPointSpec
from framework.tools.data import register_data_tools

from .config import default_config, metadata
from .nodes import intake_node, paper_node, report_node, web_node

{GOAL}

def after(source, target):
    return EdgeSpec(
        id=f"{{source}}-to-{{target}}", source=source, target=target, condition=EdgeCondition.ON_SUCCESS
    )


nodes = [intake_node, web_node, paper_node, report_node]
edges = [after("intake", "web"), after("intake", "papers"), after("web", "report"), after("papers", "report")]
entry_node = "intake"
entry_points = {{"start": "intake"}}
terminal_nodes = ["report"]
pause_nodes = []
loop_config = {{"max_iterations": 20, "max_tool_calls_per_turn": 10, "max_history_tokens": 32000}}


class SurveyAgent:
    def __init__(self, config=None):
        self.config = config or default_config
        self.runtime: AgentRuntime | None = None
        self.registry = ToolRegistry()

    def build_graph(self) -> GraphSpec:
        return GraphSpec(
            id="survey-graph",
            goal_id=goal.id,
            version=metadata.version,
            entry_node=entry_node,
            entry_points=entry_points,
            terminal_nodes=terminal_nodes,
            pause_nodes=pause_nodes,
            nodes=nodes,
            edges=edges,
            default_model=self.config.model,
            max_tokens=self.config.max_tokens,
            loop_config=loop_config,
        )

    async def start(self, llm, storage_path: Path) -> None:
        self.registry.discover_from_module(Path(__file__).parent / "tools.py")
        register_data_tools(self.registry)
        graph = self.build_graph()
        tools = list(self.registry.get_tools().values())
        tool_executor = self.registry.get_executor()
{_inside_a_method(WITH_RUNTIME)}
        self.runtime = runtime
        await self.runtime.start()

    async def stop(self) -> None:
        await self.runtime.stop()
        self.registry.cleanup()

    async def run(self, context, session_state=None) -> ExecutionResult:
        result = await self.runtime.trigger_and_wait("default", context, session_state=session_state)
        return result or ExecutionResult(success=False, error="Execution timeout")


default = EntryPointSpec(id="default", name="Default", entry_node=entry_node, trigger_type="manual")
default_agent = SurveyAgent()
""",
}
"""A client-facing intake, a fan-out, data tools: run by an agent runtime."""
