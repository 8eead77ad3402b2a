"""Checking a package without running it: what keeps it from loading, and everything else, at once."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from framework.errors import PackageError
from framework.model.validation.finding import Finding
from framework.packages.faults import fault
from framework.packages.loader import load_package
from framework.packages.manifest import AGENT_FILE
from framework.packages.package import AgentPackage
from framework.runner.agent_runner import AgentRunner
from framework.settings import load_settings

if TYPE_CHECKING:
    from framework.llm.base import LLMProvider

_NOT_FOUND = "function-not-found"
_MISSING = "function-missing"
"""What a graph says of such a node, which a package has said better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPackage:
    """What is wrong with a package, errors first; ``package`` is None if it does not load."""

    name: str
    package: AgentPackage | None
    findings: tuple[Finding, ...]

    @property
    def is_valid(self) -> bool:
        """Whether the agent can run."""
        return not any(finding.is_error for finding in self.findings)


def check_folder(path: str | Path, *, llm: LLMProvider | None = None) -> CheckedPackage:
    """Return every finding about the package in the folder ``path``.

    Raises:
        PackageError: if there is no package.
        SettingsError: if the settings of this machine cannot be used.
        McpServerError: if an MCP server that a node needs cannot be started or reached.
    """
    settings = load_settings()
    faults: list[Finding] = []
    folder = Path(path).expanduser()
    try:
        package = load_package(path, settings=settings, faults=faults)
    except PackageError as error:
        if not (folder / AGENT_FILE).is_file():
            raise
        name = folder.resolve().name
        problems = error.parts or (error,)
        findings = tuple(fault("package-does-not-load", name, problem) for problem in problems)
        return CheckedPackage(name=name, package=None, findings=findings)
    with closing(AgentRunner(package, settings=settings, llm=llm)) as runner:
        found = runner.validate()
    unfound = {item.where for item in faults if item.rule == _NOT_FOUND}
    rest = [item for item in found if item.rule != _MISSING or item.where not in unfound]
    findings = sorted([*faults, *rest], key=lambda finding: not finding.is_error)
    return CheckedPackage(name=package.name, package=package, findings=tuple(findings))
