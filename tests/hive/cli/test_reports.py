"""Commands about runs and packets report alike: whole, in one line, or as one JSON object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
import pytest

from hive.cli.commands.packet import packet
from hive.cli.commands.runs import runs
from hive.cli.main import call
from hive.cli.reports import Report
from tests.support.cli_packages import FAILING, PAIR, write_package

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("home")


def commands_of(group: click.Group) -> dict[str, set[str]]:
    """Return the options of the commands of a group."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    assert all(found.values())
    return {
        name: {option for param in command.params for option in param.opts}
        for name, command in found.items()
        if command is not None
    }


def said(capsys: Captured, *words: object) -> str:
    assert call([str(word) for word in words]) == 0
    return capsys.readouterr().out


@pytest.fixture
def run(tmp_path: Path, capsys: Captured) -> str:
    package = write_package(tmp_path, "pair", PAIR)
    given = ["--input", '{"first": "one", "second": "two"}']
    return said(capsys, "run", package, *given, "-q").split()[-1]


@pytest.mark.parametrize(("group", "own"), [(runs, {"--storage"}), (packet, set[str]())])
def test_every_command_has_the_same_options(group: click.Group, own: set[str]) -> None:
    wanted = {"--json", "--quiet", "-q", "--debug", *own}

    assert {name: wanted - options for name, options in commands_of(group).items() if wanted - options} == {}


def test_json_goes_before_quiet() -> None:
    chosen = [Report.chosen(as_json=a, quiet=b) for a, b in [(True, True), (False, True), (False, False)]]

    assert chosen == [Report.JSON, Report.SHORT, Report.FULL]


def test_a_fork_can_be_told_to_a_machine_or_a_script(capsys: Captured, run: str) -> None:
    record = json.loads(said(capsys, "runs", "fork", run, "--at", "1", "--json"))
    assert {key: record[key] for key in ("origin", "at", "left_out")} == {
        "origin": run,
        "at": 1,
        "left_out": {},
    }
    assert record["carry_on"] == f"hive run --resume {record['run_id']}"

    forked = said(capsys, "runs", "fork", run, "--at", "1", "--quiet")
    listed = said(capsys, "runs", "list", "-q").split()

    assert forked.strip() in listed
    assert sorted(listed) == sorted({run, record["run_id"], forked.strip()})


def test_a_fork_that_runs_reports_as_a_run_does(capsys: Captured, run: str) -> None:
    record = json.loads(said(capsys, "runs", "fork", run, "--at", "1", "--run", "--json"))
    assert (record["status"], record["output"]["joined"]) == ("succeeded", "one and two")

    told = said(capsys, "runs", "fork", run, "--at", "1", "--run", "-q")
    assert len(told.splitlines()) == 1
    assert told.startswith("pair succeeded")


def test_a_fork_that_is_refused_says_so_as_json(capsys: Captured, run: str) -> None:
    assert call(["runs", "fork", run, "--at", "99", "--json"]) == 2

    record = json.loads(capsys.readouterr().out)
    assert (record["status"], "99" in record["error"]["message"]) == ("refused", True)


def test_quiet_leaves_one_line(capsys: Captured, run: str) -> None:
    assert said(capsys, "runs", "show", run, "-q").startswith("pair succeeded")
    assert said(capsys, "runs", "replay", run, "-q").startswith("replays: ")
    assert said(capsys, "runs", "reject", run, "It is wrong.", "-q") == f"run {run} rejected\n"


def test_packets_can_be_scripted(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "failing", FAILING)
    assert call(["run", str(package), "-q", "--input", '{"name": "Ada"}']) == 1
    run = capsys.readouterr().out.split()[-1]
    file = said(capsys, "runs", "packet", run, "-o", tmp_path / "x.json", "-q").strip()

    assert file == str(tmp_path / "x.json")
    assert said(capsys, "packet", "show", file, "-q") == "failing failed: logic (ValueError)\n"
    assert said(capsys, "packet", "replay", file, "-q").startswith("reproduced: ")
    test = tmp_path / "test_failing.py"
    assert said(capsys, "packet", "to-test", file, "-o", test, "-q") == f"{test}\n"
    record = json.loads(said(capsys, "packet", "to-test", file, "-o", test, "--json"))
    assert (record["run_id"], record["test"]) == (run, str(test))
    assert record["packet"] == str(test.with_suffix(".packet.json"))
