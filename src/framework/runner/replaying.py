"""Going back in the stored runs of a package: walking one again, and forking one."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.graph.executor import GraphExecutor
from framework.model.tool import Tool
from framework.runner.offline import offline
from framework.runtime.replay import replay

if TYPE_CHECKING:
    from framework.model.graph import GraphSpec
    from framework.packages.package import AgentPackage
    from framework.runtime.replay import Recording, ReplayParts, ReplayReport


async def replay_package(package: AgentPackage, recording: Recording) -> ReplayReport:
    """Walk ``recording`` again with the agent of ``package``, and return the first difference.

    No model, tool or person is asked, no MCP server is started, and a connection
    that anything else tries to open is refused.

    Raises:
        InvalidGraphError: if the package's graph fails validation.
        SpecError: if a function node has no function.
        InputError: if a forked run stands at a node that the package does not have now.
        ReplayEndedError: if the recording has no beginning.
    """
    graph = _as_recorded(package.graph, recording.started.graph.load())
    make = partial(_executor, package, recording)
    with tempfile.TemporaryDirectory(prefix="hive-replay-") as folder, offline():
        return await replay(recording, graph, make, folder=Path(folder))


def _as_recorded(graph: GraphSpec, recorded: dict[str, Any]) -> GraphSpec:
    """Return ``graph`` with the default model of the recorded one, which was a choice of that run."""
    return graph.model_copy(update={"default_model": recorded.get("default_model", "")})


def _executor(package: AgentPackage, recording: Recording, parts: ReplayParts) -> GraphExecutor:
    """Return what walks the package; its name is the recorded one, for a copy may lie in another folder."""
    has_models = package.needs_model or recording.asked_models
    named = {name: Tool(name, "") for name in package.required_tools}
    return GraphExecutor(
        parts.runtime,
        llm=parts.llm if has_models else None,
        tools=parts.permissions.as_recorded({**named, **parts.tools, **package.tools.get_tools()}),
        budget=parts.budget,
        approve=parts.permissions.approved,
        tool_executor=parts.tool_executor,
        person=parts.person,
        clock=parts.clock,
        agent=recording.started.agent,
        version=package.version,
    )
