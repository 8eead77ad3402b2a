"""``agent.json``: an agent's goal, graph and tools as data, generated beside ``agent.py``.

It is for readers that run no Python. ``agent.py`` stays the truth: the file
is never obeyed, and one that says something else is reported as stale.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from framework.durable_file import replace_file
from framework.errors import PackageError
from framework.model.goal import Goal
from framework.model.graph import GraphSpec
from framework.packages.import_failure import complaints
from framework.packages.manifest import AGENT_JSON

if TYPE_CHECKING:
    from framework.packages.package import AgentPackage

FORMAT = 1
"""The version of the file's format."""

_READABLE = 0o644
_PYTHON_ONLY = ("output_model", "judge")


class AgentDescription(BaseModel):
    """What ``agent.json`` holds; Python objects in the graph are their dotted names."""

    model_config = ConfigDict(extra="allow", frozen=True)

    format: int = FORMAT
    name: str
    goal: Goal
    graph: dict[str, Any]
    required_tools: list[str] = Field(default_factory=list)

    def graph_spec(self) -> GraphSpec:
        """Return the graph; functions stay dotted names, output models and judges are left out.

        Raises:
            PackageError: if it is no graph.
        """
        nodes = [
            {key: value for key, value in node.items() if key not in _PYTHON_ONLY}
            for node in self.graph.get("nodes", [])
        ]
        try:
            return GraphSpec.model_validate({**self.graph, "nodes": nodes})
        except ValidationError as error:
            raise PackageError(
                f"The {AGENT_JSON} of {self.name!r} holds no graph: {complaints(error)}."
            ) from error


def describe(package: AgentPackage) -> AgentDescription:
    """Return the description of a package, the same on every machine.

    A default model that the machine's settings gave is left out.
    """
    graph = package.graph
    if graph.default_model == package.config.model:
        graph = graph.model_copy(update={"default_model": ""})
    description = AgentDescription(
        name=package.name,
        goal=package.goal,
        graph=graph.to_json(),
        required_tools=list(package.required_tools),
    )
    return AgentDescription.model_validate_json(description.model_dump_json())


def write(package: AgentPackage) -> Path:
    """Write the description beside ``agent.py``, whole or not at all, and return its path.

    Raises:
        PackageError: if it cannot be written.
    """
    path = package.path / AGENT_JSON
    try:
        replace_file(path, f"{describe(package).model_dump_json(indent=2)}\n".encode(), mode=_READABLE)
    except OSError as error:
        raise PackageError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from error
    return path


def read(folder: str | Path) -> AgentDescription:
    """Return the description stored in a package's folder.

    Raises:
        PackageError: if there is none, or it is none that this version understands.
    """
    path = Path(folder) / AGENT_JSON
    try:
        found = AgentDescription.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PackageError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    except ValidationError as error:
        raise PackageError(
            f"{str(path)!r} describes no agent: {complaints(error)}; generate it again."
        ) from error
    if found.format > FORMAT:
        raise PackageError(
            f"{str(path)!r} has the format {found.format} and this version reads up to {FORMAT}; update it."
        )
    return found


def is_stale(package: AgentPackage) -> bool:
    """Whether an ``agent.json`` lies in the package and describes another agent than ``agent.py``."""
    if not (package.path / AGENT_JSON).exists():
        return False
    try:
        return read(package.path) != describe(package)
    except PackageError:
        return True
