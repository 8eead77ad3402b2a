"""``hive list``: the agent packages of a folder, without running any of their code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from framework.errors import PackageError
from framework.packages import agent_json, discover
from framework.packages.manifest import AGENT_JSON
from hive.cli.debugging import debug_option
from hive.cli.printing import errors_as_json, say, say_json, say_table
from hive.cli.text import one_line

_USUAL_FOLDER = Path("exports")
_LONG = 60
_LONGEST_PROBLEM = 200
_NONE = "-"
_UNKNOWN = "(no agent.json; hive info tells)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPackage:
    """A package as it lies on the disk; what is known of it comes from its agent.json, when it has one.

    Attributes:
        problem: why its agent.json says nothing, when it has one that does not read.
    """

    path: Path
    goal: str | None = None
    nodes: int | None = None
    problem: str | None = None


@click.command(name="list")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@debug_option
def list_packages(folder: Path | None, *, as_json: bool) -> None:
    """List the agent packages in FOLDER: ./exports by default, or here when there is none."""
    with errors_as_json(is_on=as_json):
        looked_in, found = find_packages(folder)
        if as_json:
            say_json({"folder": str(looked_in), "packages": [_record(package) for package in found]})
        elif not found:
            say(f"There are no agent packages in {str(looked_in)!r}; a package is a folder with an agent.py.")
        else:
            say_table(
                [_row(package) for package in found], ("PACKAGE", "PATH", "NODES", "GOAL"), spare=("PATH",)
            )


def find_packages(folder: Path | None) -> tuple[Path, list[FoundPackage]]:
    """Return the folder that was looked in, and its packages by name.

    Raises:
        PackageError: if the folder does not exist.
    """
    if folder is None:
        folder = _USUAL_FOLDER if discover(_USUAL_FOLDER) else Path()
    if not folder.is_dir():
        raise PackageError(f"There is no folder {str(folder)!r}; give the folder that holds agent packages.")
    return folder, [_described(path) for path in discover(folder)]


def _described(path: Path) -> FoundPackage:
    if not (path / AGENT_JSON).is_file():
        return FoundPackage(path=path)
    try:
        description = agent_json.read(path)
        graph = description.graph_spec()
    except PackageError as error:
        return FoundPackage(path=path, problem=str(error))
    return FoundPackage(path=path, goal=description.goal.name or description.goal.id, nodes=len(graph.nodes))


def _record(package: FoundPackage) -> dict[str, object]:
    return {
        "name": package.path.name,
        "path": str(package.path),
        "goal": package.goal,
        "nodes": package.nodes,
        **({} if package.problem is None else {"problem": package.problem}),
    }


def _row(package: FoundPackage) -> tuple[str, ...]:
    name, path = one_line(package.path.name, _LONG), one_line(str(package.path), _LONG)
    if package.problem is not None:
        return name, path, one_line(package.problem, _LONGEST_PROBLEM)
    return (
        name,
        path,
        _NONE if package.nodes is None else f"{package.nodes}",
        _UNKNOWN if package.goal is None else one_line(package.goal, _LONG),
    )
