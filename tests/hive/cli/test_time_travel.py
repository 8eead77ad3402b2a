"""``hive runs replay`` and ``hive runs fork``, as a person calls them."""

from __future__ import annotations

import asyncio
import json
from shutil import rmtree
from typing import TYPE_CHECKING

import pytest

from framework.loop import run_files
from hive.cli.main import call
from hive.cli.running import RunOrder, found
from tests.support.cli_packages import GREETER, PAIR, write_package

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("home")


ENDLESS = """\
import asyncio

from framework.graph import GraphSpec


async def wait():
    await asyncio.Event().wait()


nodes = [NodeSpec(id="wait", node_type="function", function=wait)]
graph = GraphSpec(id="endless", entry_node="wait", terminal_nodes=["wait"], nodes=nodes, timeout_s=0.2)
del nodes
"""
"""A package whose run runs out of time."""


def ran(capsys: pytest.CaptureFixture[str], package: Path, **values: str) -> str:
    """Run a package and return the run's id."""
    assert call(["run", str(package), "--json", "--input", json.dumps(values)]) == 0
    return json.loads(capsys.readouterr().out)["run_id"]


def test_a_run_that_does_the_same_again_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    run = ran(capsys, package, name="Ada")

    assert call(["runs", "replay", run]) == 0
    assert "replays: 5 events in 1 lane, same hashes" in capsys.readouterr().out


def test_a_run_that_ran_out_of_time_is_not_called_unfinished(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = write_package(tmp_path, "endless", ENDLESS)
    assert call(["run", str(package), "--json"]) == 1
    run = json.loads(capsys.readouterr().out)["run_id"]

    assert call(["runs", "replay", run]) == 0
    told = "replays: 2 events in 1 lane, same hashes (the run ran out of time; this is as far as it came)"
    assert told in capsys.readouterr().out
    assert call(["runs", "replay", run, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["is_whole"], record["cut_off_by"]) == (False, "ran out of time")


def test_the_first_difference_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = ran(capsys, write_package(tmp_path, "greeter", GREETER), name="Ada")
    changed = write_package(tmp_path / "new", "greeter", GREETER.replace("Hello", "Bye"))

    assert call(["runs", "replay", run, "--package", str(changed)]) == 1
    assert "expected {'greeting': 'Hello Ada'}, got {'greeting': 'Bye Ada'}" in capsys.readouterr().out

    assert call(["runs", "replay", run, "--package", str(changed), "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["difference"]["facts"]["values"]["got"] == {"greeting": "Bye Ada"}


def test_a_package_in_a_folder_of_another_name_is_held_against_the_run_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ran(capsys, write_package(tmp_path, "greeter", GREETER), name="Ada")
    copied = write_package(tmp_path / "new", "greeter_copy", GREETER)
    changed = write_package(tmp_path / "new", "greeter_mended", GREETER.replace("Hello", "Bye"))

    assert call(["runs", "replay", run, "--package", str(copied)]) == 0
    assert "same hashes" in capsys.readouterr().out
    assert call(["runs", "replay", run, "--package", str(changed)]) == 1
    assert "got {'greeting': 'Bye Ada'}" in capsys.readouterr().out


def test_what_cannot_be_replayed_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    run = ran(capsys, package, name="Ada")

    assert call(["runs", "replay", "nowhere", "--package", str(package)]) == 2
    assert call(["runs", "replay", run, "--package", str(tmp_path / "gone")]) == 2
    assert call(["runs", "fork", run, "--at", "2", "--set", "name", "--package", str(package)]) == 2
    assert call(["runs", "fork", run, "--at", "99", "--package", str(package)]) == 2
    assert "no entry 99" in capsys.readouterr().err


def test_a_fork_tells_its_id_and_how_to_carry_it_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = write_package(tmp_path, "pair", PAIR)
    run = ran(capsys, package, first="one", second="two")

    assert call(["runs", "fork", run, "--at", "1", "--set", "first=3", "--package", str(package)]) == 0
    told = capsys.readouterr().out
    new = told.splitlines()[0].removeprefix("forked: ")
    assert f"--resume {new}" in told
    assert call(["run", "--resume", new, "--package", str(package), "--quiet"]) == 0
    assert call(["runs", "replay", new]) == 0


def test_a_fork_goes_on_with_the_model_of_its_origin_or_the_one_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = PAIR + 'nodes.append(NodeSpec(id="more", output_keys=["text"], system_prompt="Hi."))\n'
    body += 'edges = [EdgeSpec(id="e", source="join", target="more", condition=EdgeCondition.ON_FAILURE)]\n'
    package = write_package(tmp_path, "pair", body)
    monkeypatch.setenv("HIVE_API_KEY", "key")
    monkeypatch.setenv("HIVE_MODEL", "openai/first")
    run = ran(capsys, package, first="one", second="two")
    monkeypatch.setenv("HIVE_MODEL", "openai/second")

    def model_of_fork(*options: str) -> str:
        assert call(["runs", "fork", run, "--at", "1", *options]) == 0
        new = capsys.readouterr().out.splitlines()[0].removeprefix("forked: ")
        order = asyncio.run(found(RunOrder(), new))
        assert call(["run", "--resume", new, "--quiet"]) == 0
        capsys.readouterr()
        return order.model or ""

    assert model_of_fork() == "openai/first"
    assert model_of_fork("--model", "openai/third") == "openai/third"


def test_a_fork_can_be_run_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = write_package(tmp_path, "pair", PAIR)
    run = ran(capsys, package, first="one", second="two")

    options = ["--at", "1", "--set", "first=[1]", "--set", "second=a=b", "--package", str(package), "--run"]
    assert call(["runs", "fork", run, *options]) == 0
    assert "joined = [1] and a=b" in capsys.readouterr().out


def test_a_value_that_nothing_reads_cannot_be_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = ran(capsys, write_package(tmp_path, "greeter", GREETER), name="Ada")

    assert call(["runs", "fork", run, "--at", "1", "--set", "nmae=Eve"]) == 2

    told = capsys.readouterr().err
    assert "Nothing in this run reads 'nmae'" in told
    assert "greeting, name." in told
    assert call(["runs", "fork", run, "--at", "1", "--set", "name=Eve"]) == 0


KEEPER = """\
from framework.graph import Goal, NodeContext, NodeSpec

def keep(ctx: NodeContext, name: str):
    (ctx.data_dir / "big.txt").write_text(name * 3)
    (ctx.data_dir / "small.txt").write_text(name)

goal = Goal(id="g", description="Keep a name")
nodes = [NodeSpec(id="keep", node_type="function", input_keys=["name"], function=keep)]
edges = []
entry_node = "keep"
terminal_nodes = ["keep"]
"""


def test_a_fork_has_the_files_of_functions_and_names_those_it_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_files, "MAX_FILE_BYTES", 5)
    package = write_package(tmp_path, "keeper", KEEPER)
    run = ran(capsys, package, name="Ada")

    assert call(["runs", "fork", run, "--at", "5"]) == 0

    told = capsys.readouterr().out
    assert "not taken along: big.txt (it has 9 bytes, over the limit)" in told
    forked = told.split("forked: ")[1].split()[0]
    (data,) = tmp_path.glob(f"**/runs/{forked}/data")
    assert {path.name: path.read_text() for path in data.iterdir()} == {"small.txt": "Ada"}


LOOKER = (
    KEEPER.replace(
        "goal =",
        """def look(ctx: NodeContext):
    return {"seen": sorted(path.name for path in ctx.data_dir.iterdir())}

goal =""",
    )
    .replace(
        "function=keep)]\nedges = []",
        """function=keep),
    NodeSpec(id="look", node_type="function", output_keys=["seen"], function=look)]
edges = [EdgeSpec(id="on", source="keep", target="look")]
pause_nodes = ["keep"]""",
    )
    .replace("import Goal", "import EdgeSpec, Goal")
    .replace('terminal_nodes = ["keep"]', 'terminal_nodes = ["look"]')
)


def test_a_run_that_goes_on_has_its_files_again_and_names_those_it_lacks(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_files, "MAX_FILE_BYTES", 5)
    package = write_package(tmp_path, "looker", LOOKER)
    assert call(["run", str(package), "--json", "--input", '{"name": "Ada"}']) == 3
    run = json.loads(capsys.readouterr().out)["run_id"]
    rmtree(home / "agents" / "looker" / "runs" / run / "data")

    assert call(["run", "--resume", run, "--json"]) == 0

    printed = capsys.readouterr()
    assert json.loads(printed.out)["output"]["seen"] == ["small.txt"]
    assert "not brought back: big.txt (it has 9 bytes, over the limit)" in printed.err
    assert call(["runs", "show", run]) == 0
    assert "without big.txt (it has 9 bytes, over the limit)" in capsys.readouterr().out
