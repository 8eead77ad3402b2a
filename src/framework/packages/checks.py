"""What is wrong with a package beyond its loading: its graph, its goal and what lies beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from framework.errors import CredentialError, ExpressionSyntaxError, SpecError
from framework.loop.function_node import FunctionNode
from framework.model.expression import parse
from framework.model.node import NodeType
from framework.model.validation.finding import GRAPH, Finding, at_node, error, warning
from framework.packages.agent_json import is_stale
from framework.packages.faults import fault
from framework.packages.manifest import AGENT_JSON, MCP_FILE
from framework.runtime.entry_point import check_entry_points

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.credentials.base import Credentials
    from framework.model.goal import Goal
    from framework.packages.package import AgentPackage

UNKNOWN_TOOL = "unknown-tool"
CREDENTIAL = "missing-credential"

_GOAL = "goal"
_LLM_JUDGE = "llm_judge"


def check_package(package: AgentPackage, credentials: Credentials | None = None) -> list[Finding]:
    """Return every finding about a package, errors first; an empty list means it is sound.

    Args:
        package: the package.
        credentials: must have what the tools of its nodes need; not looked at when not given.
    """
    graph = package.graph.validate(
        tools=package.tools.get_tools(), declared_inputs=_declared_inputs(package.goal)
    )
    found = [*(_explained(item, package) for item in graph), *_goal(package), *_beside(package)]
    found += _signatures(package)
    found += check_entry_points(package.triggers, package.graph)
    if credentials is not None:
        found += _credentials(package, credentials)
    return sorted(found, key=lambda finding: not finding.is_error)


def _declared_inputs(goal: Goal) -> set[str]:
    schema = goal.input_schema
    return {*schema.get("properties", ()), *schema.get("required", ())}


def _signatures(package: AgentPackage) -> Iterator[Finding]:
    for node in package.graph.nodes:
        if node.node_type == NodeType.FUNCTION and callable(node.function):
            try:
                FunctionNode(node.function, node)
            except SpecError as problem:
                yield fault("function-signature", at_node(node.id), problem)


def _explained(finding: Finding, package: AgentPackage) -> Finding:
    """Say why a tool of an MCP server is not there."""
    if finding.rule != UNKNOWN_TOOL or not package.tools.mcp.configs or package.tools.pins():
        return finding
    fix = (
        f"The servers in {MCP_FILE} are not started yet, so their tools are unknown; "
        "connect to them, give the tool in tools.py, or remove it from the node."
    )
    return replace(finding, fix=fix)


def _goal(package: AgentPackage) -> Iterator[Finding]:
    goal = package.goal
    for where, spec in (
        (_GOAL, goal),
        *((f"criterion {item.id!r}", item) for item in goal.success_criteria),
        *((f"constraint {item.id!r}", item) for item in goal.constraints),
    ):
        for name in spec.unknown_fields():
            yield warning(
                "unknown-field",
                where,
                f"Nothing reads the field {name!r}.",
                "Remove it, or correct its spelling.",
            )
    yield from _expressions(goal)
    if package.graph.goal_id and package.graph.goal_id != goal.id:
        message = f"The graph is for the goal {package.graph.goal_id!r}, and the goal is {goal.id!r}."
        yield warning("other-goal", GRAPH, message, "Set goal_id to goal.id.")


def _expressions(goal: Goal) -> Iterator[Finding]:
    texts = [(f"constraint {item.id!r}", item.check) for item in goal.constraints if item.check != _LLM_JUDGE]
    texts += [
        (f"criterion {item.id!r}", item.target)
        for item in goal.success_criteria
        if item.metric == "custom" and isinstance(item.target, str)
    ]
    for where, text in texts:
        try:
            parse(text) if text else None
        except ExpressionSyntaxError as problem:
            yield error("goal-expression", where, f"Its expression does not parse: {problem}", "Mend it.")


def _credentials(package: AgentPackage, credentials: Credentials) -> Iterator[Finding]:
    for name, tools in package.required_credentials.items():
        where = f"tool {tools[0]!r}" if len(tools) == 1 else f"tools {', '.join(map(repr, tools))}"
        try:
            is_missing = credentials.get(name) is None
        except CredentialError as problem:
            yield error(CREDENTIAL, where, f"Its credential {name!r} cannot be read: {problem}", "Mend that.")
            continue
        if is_missing:
            message = f"It needs the credential {name!r}, which is not configured."
            yield error(CREDENTIAL, where, message, f"Set it with: hive credentials set {name}")


def _beside(package: AgentPackage) -> Iterator[Finding]:
    for server in package.tools.mcp.configs:
        for name in server.unknown_fields:
            message = f"Nothing reads the field {name!r} of the server {server.name!r}."
            yield warning("unknown-field", MCP_FILE, message, "Remove it, or correct its spelling.")
    if is_stale(package):
        message = f"{AGENT_JSON} describes another agent than agent.py, which is the one that runs."
        yield warning("stale-agent-json", AGENT_JSON, message, "Generate it again, or remove it.")
