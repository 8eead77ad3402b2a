"""Loading an agent from its package: the one way to one graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from framework.errors import PackageError, SpecError, ToolError
from framework.packages.definition import Definition
from framework.packages.faults import fault
from framework.packages.functions import bind_functions
from framework.packages.importer import PackageImporter, importing
from framework.packages.manifest import AGENT_FILE, MCP_FILE, discover, read_manifest
from framework.packages.package import AgentPackage, PackageMetadata
from framework.packages.runtime_config import RuntimeConfig
from framework.settings import Settings, load_settings
from framework.tools.data import register_data_tools
from framework.tools.registry import ToolRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from framework.model.goal import Goal
    from framework.model.validation.finding import Finding

_AGENT = "agent"
_CONFIG = "config"
_TOOLS = "tools"


def load_package(
    path: str | Path, *, settings: Settings | None = None, faults: list[Finding] | None = None
) -> AgentPackage:
    """Import the package in the folder ``path`` and return its agent.

    A package whose files did not change since it was loaded is not imported again.

    Args:
        path: the folder that holds ``agent.py``.
        settings: what a package without ``config.py`` runs with; those of this machine by default.
        faults: takes what keeps the agent from running but can be told beside other faults; without it
            that is raised.

    Raises:
        PackageError: if there is no package, or something in it is missing or wrong.
        SettingsError: if the settings of this machine cannot be used.
    """
    folder = _checked(path)
    version = read_manifest(folder).version
    with importing(folder, version) as importer:
        return _load(importer, version, settings or load_settings(), faults)


def _load(
    importer: PackageImporter, version: str, settings: Settings, faults: list[Finding] | None
) -> AgentPackage:
    where = f"{importer.name}/{AGENT_FILE}"
    definition = Definition(importer.import_module(_AGENT), where)
    config_module = importer.import_module(_CONFIG) if importer.has_module(_CONFIG) else None
    config = _config(config_module, importer.name, settings, faults)
    given = getattr(config_module, "default_config", None)
    goal = definition.goal()
    graph = definition.graph(importer.name, goal, config.max_tokens)
    mcp_servers = importer.folder / MCP_FILE
    return AgentPackage(
        path=importer.folder,
        name=importer.name,
        module=f"{importer.name}.{_AGENT}",
        goal=goal,
        graph=bind_functions(graph, importer, faults),
        config=config,
        has_config=given is not None,
        metadata=_metadata(config_module, importer.name, goal),
        tools=_tools(importer, faults),
        mcp_servers=mcp_servers if mcp_servers.is_file() else None,
        version=version,
        triggers=definition.triggers(),
    )


def _checked(path: str | Path) -> Path:
    folder = Path(path).expanduser()
    if not folder.exists():
        raise PackageError(f"There is no agent package at {str(path)!r}; give the path of its folder.")
    if not folder.is_dir():
        raise PackageError(
            f"{str(path)!r} is a file, and an agent package is a folder; give {str(folder.parent)!r} instead."
        )
    if not (folder / AGENT_FILE).is_file():
        below = [found.name for found in discover(folder)]
        advice = f"give one of the packages inside it: {', '.join(below)}." if below else "write one."
        raise PackageError(
            f"The folder {str(path)!r} is no agent package, for it has no {AGENT_FILE}; {advice}"
        )
    return folder.resolve()


def _config(
    module: ModuleType | None, name: str, settings: Settings, faults: list[Finding] | None
) -> RuntimeConfig:
    """Return ``default_config`` of ``config.py``, which may be any object with such attributes."""
    given: object = getattr(module, "default_config", None)
    if given is None:
        return RuntimeConfig.of(settings)
    if isinstance(given, RuntimeConfig):
        config = given
    else:
        unsaid = RuntimeConfig.of(settings)
        fields = ("model", "temperature", "max_tokens", "api_key", "api_base")
        config = RuntimeConfig(*(_said(given, field, getattr(unsaid, field)) for field in fields))
    problems = list(_config_faults(config, name))
    if problems and faults is None:
        raise problems[0]
    if faults is not None:
        faults += [fault("config-unusable", f"{_CONFIG}.py", problem) for problem in problems]
    return RuntimeConfig.of(settings) if problems else config


def _config_faults(config: RuntimeConfig, name: str) -> Iterator[PackageError]:
    where = f"{name}/{_CONFIG}.py: default_config"
    for field in ("model", "api_key", "api_base"):
        value: object = getattr(config, field)
        if value is not None and not isinstance(value, str):
            yield PackageError(f"{where}.{field} must be text, and is a {type(value).__name__}; mend it.")
    for field, kinds in (("temperature", (int, float)), ("max_tokens", (int,))):
        value = getattr(config, field)
        if not isinstance(value, kinds) or isinstance(value, bool) or value < 0:
            yield PackageError(f"{where}.{field} must be a number from 0 on, and is {value!r}; mend it.")


def _metadata(module: ModuleType | None, name: str, goal: Goal) -> PackageMetadata:
    given: object = getattr(module, "metadata", None)
    return PackageMetadata(
        name=str(_said(given, "name", goal.name or name)),
        version=str(_said(given, "version", goal.version)),
        description=str(_said(given, "description", goal.description)),
    )


def _said(source: object, field: str, unsaid: Any) -> Any:
    """Return a field of an object or a dict, or ``unsaid`` where it holds none."""
    if isinstance(source, dict):
        found = cast("dict[str, Any]", source).get(field)
    else:
        found = getattr(source, field, None)
    return unsaid if found is None else found


def _tools(importer: PackageImporter, faults: list[Finding] | None) -> ToolRegistry:
    registry, servers = ToolRegistry(), importer.folder / MCP_FILE
    for where, declare in (
        (f"{_TOOLS}.py", lambda: _declare_tools(registry, importer)),
        (MCP_FILE, lambda: _declare_servers(registry, servers) if servers.is_file() else None),
    ):
        try:
            declare()
        except PackageError as error:
            if faults is None:
                raise
            faults.append(fault("tools-unusable", where, error))
    return registry


def _declare_tools(registry: ToolRegistry, importer: PackageImporter) -> None:
    try:
        try:
            if importer.has_module(_TOOLS):
                registry.discover_from_module(importer.import_module(_TOOLS))
        finally:
            register_data_tools(registry)
    except (ToolError, SpecError) as error:
        raise PackageError(f"{importer.name}/{_TOOLS}.py: {error}") from error


def _declare_servers(registry: ToolRegistry, file: Path) -> None:
    try:
        registry.declare_mcp_config(file)
    except ToolError as error:
        raise PackageError(f"{file.parent.name}/{error}") from error
