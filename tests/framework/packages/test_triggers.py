"""A package may list what starts its runs; what cannot work is found before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from framework.errors import PackageError
from framework.packages import check_package, load_package
from tests.support.cli_packages import GREETER, TRIGGERED, write_package

if TYPE_CHECKING:
    from pathlib import Path

IMPORT = "from framework.runtime.execution_stream import EntryPointSpec\n"


def test_triggers_are_loaded_and_their_nodes_can_be_entered(tmp_path: Path) -> None:
    package = load_package(write_package(tmp_path, "triggered", TRIGGERED))
    assert [spec.id for spec in package.triggers] == ["hook", "nightly"]
    assert package.graph.entry_points == {"nightly": "sweep"}
    assert [finding for finding in check_package(package) if finding.is_error] == []


def test_a_package_without_triggers_has_none(tmp_path: Path) -> None:
    assert load_package(write_package(tmp_path, "greeter", GREETER)).triggers == ()


def test_what_is_no_list_of_entry_points_is_refused(tmp_path: Path) -> None:
    path = write_package(tmp_path, "odd", GREETER + 'triggers = [{"id": "x"}]\n')
    with pytest.raises(PackageError, match="'triggers' must be a list of EntryPointSpec"):
        load_package(path)


@pytest.mark.parametrize(
    ("spec", "rule"),
    [
        ('EntryPointSpec("x", "X", "nowhere", "manual")', "unknown-entry-node"),
        ('EntryPointSpec("x", "X", "greet", "cron", {"cron": "x"})', "trigger-config"),
        (
            '*(EntryPointSpec(n, n, "greet", "webhook", {"path": "/x", "secret": "A"}) for n in "ab")',
            "duplicate-path",
        ),
    ],
)
def test_a_trigger_that_cannot_work_is_a_finding(tmp_path: Path, spec: str, rule: str) -> None:
    package = load_package(write_package(tmp_path, "odd", f"{IMPORT}{GREETER}triggers = [{spec}]\n"))
    assert [found.rule for found in check_package(package) if found.is_error] == [rule]
