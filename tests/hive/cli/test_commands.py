"""Every command, called in this process."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from framework.llm.weights import KNOWN
from hive.cli import main as entry
from hive.cli.commands import models
from hive.cli.main import call
from hive.cli.running import can_show_live
from tests.support.cli_packages import BROKEN, FAILING, GREETER, TRIGGERED, WRITER, write_package

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("home")


def test_run_writes_result_and_output(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    out = tmp_path / "out.json"
    out.write_text("older")
    out.chmod(0o640)

    assert call(["run", str(package), "-i", '{"name": "Ada"}', "-o", str(out)]) == 0

    assert "greeter succeeded" in capsys.readouterr().out
    assert json.loads(out.read_text())["greeting"] == "Hello Ada"
    assert out.stat().st_mode & 0o777 == 0o640


def test_verbose_shows_progress_beside_json(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    assert call(["run", str(package), "-i", '{"name": "Ada"}', "--json", "--verbose"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["status"] == "succeeded"
    assert "greet  done" in told.err


def test_quiet_and_verbose_exclude_each_other(capsys: Captured) -> None:
    assert call(["run", "anywhere", "-q", "-v"]) == 2
    assert "exclude each other" in capsys.readouterr().err


def test_a_failed_run_can_be_looked_at(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "failing", FAILING)
    assert call(["run", str(package), "-i", '{"name": "Ada"}', "-q"]) == 1
    assert "failing failed after" in capsys.readouterr().out
    (run,) = (tmp_path / "home" / "agents" / "failing" / "runs").iterdir()
    assert call(["runs", "show", run.name]) == 0
    assert "node fail failed in" in capsys.readouterr().out
    assert call(["runs", "show", run.name, "--events"]) == 0
    assert "run_finished" in capsys.readouterr().out


def test_a_damaged_run_has_its_line_in_the_list(tmp_path: Path, capsys: Captured) -> None:
    bad = tmp_path / "home" / "agents" / "odd" / "runs" / "bad"
    bad.mkdir(parents=True)
    (bad / "journal.jsonl").write_text("nonsense\nmore\n")
    assert call(["runs", "list"]) == 0
    assert "bad  odd    unreadable" in capsys.readouterr().out
    assert call(["runs", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["problem"]


def test_a_damaged_run_cannot_be_shown_as_if_it_were_new(tmp_path: Path, capsys: Captured) -> None:
    bad = tmp_path / "home" / "agents" / "odd" / "runs" / "bad"
    bad.mkdir(parents=True)
    (bad / "journal.jsonl").write_text("nonsense")

    assert call(["runs", "show", "bad"]) == 2
    assert "Run 'bad' has no entry: it was cut off" in capsys.readouterr().err


def test_a_run_that_was_cut_off_is_stopped_wherever_it_is_told(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    assert call(["run", str(package), "-i", '{"name": "Ada"}', "-q"]) == 0
    (journal,) = (tmp_path / "home").glob("agents/greeter/runs/*/journal.jsonl")
    journal.write_bytes(journal.read_bytes()[:-40])
    capsys.readouterr()

    for command in (["runs", "list"], ["runs", "show", journal.parent.name]):
        assert call(command) == 0
        told = capsys.readouterr().out
        assert "stopped" in told
        assert "running" not in told


def test_runs_are_not_looked_for_where_there_is_no_folder(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(["runs", "list"]) == 0
    assert call(["runs", "list", "--storage", str(tmp_path / "nowhere")]) == 2
    assert "nowhere' is no folder; give --storage" in capsys.readouterr().err
    monkeypatch.setenv("HIVE_HOME", __file__)
    assert call(["runs", "list"]) == 2
    assert "set HIVE_HOME to one" in capsys.readouterr().err


def test_a_key_of_the_configuration_that_nothing_reads_is_told(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "configuration.json").write_text('{"modle": "local/smollm2"}')
    package = write_package(tmp_path, "greeter", GREETER)

    assert call(["run", str(package), "-i", '{"name": "Ada"}', "-q"]) == 0

    assert "warning: configuration.json: nothing reads 'modle'." in capsys.readouterr().err


def test_an_empty_run_cannot_be_forked(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    (tmp_path / "home" / "agents" / "greeter" / "runs" / "empty").mkdir(parents=True)

    assert call(["runs", "fork", "empty", "--at", "1", "--package", str(package)]) == 2
    assert "has no entry: it was cut off" in capsys.readouterr().err


def test_a_model_without_a_name_is_refused(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "greeter", GREETER)

    assert call(["run", str(package), "-i", '{"name": "Ada"}', "--model", ""]) == 2
    assert "Name a model" in capsys.readouterr().err


def test_validate_lists_findings_and_how_to_mend_them(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "broken", BROKEN)
    assert call(["validate", str(package)]) == 2
    told = capsys.readouterr().out
    assert "broken cannot run:" in told
    assert "[unknown-tool]" in told
    assert call(["validate", str(write_package(tmp_path, "greeter", GREETER)), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bounds"]["node_visits"] == 1


def test_list_finds_packages_here_when_there_are_no_exports(tmp_path: Path, capsys: Captured) -> None:
    assert call(["list"]) == 0
    assert "no agent packages" in capsys.readouterr().out
    package = write_package(tmp_path, "greeter", GREETER)
    (package / "agent.json").write_text("{not json")
    write_package(tmp_path, "writer", WRITER)
    assert call(["list"]) == 0
    broken, bare = capsys.readouterr().out.splitlines()[1:]
    assert broken.startswith("greeter")
    assert "agent.json" in broken
    assert "hive info tells" in bare
    assert call(["list", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["packages"]
    assert "agent.json" in first["problem"]
    assert "problem" not in second


def test_models_are_listed_and_pulled_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def pull(name: str, *, root: Path, on_progress: object) -> Path:
        root.mkdir(parents=True, exist_ok=True)
        assert callable(on_progress)
        on_progress("Downloading it.")
        path = root / f"{name}.gguf"
        path.write_bytes(b"GGUF")
        os.truncate(path, KNOWN[name].size)
        return path

    monkeypatch.setattr(models, "pull", pull)  # downloading needs the network
    assert call(["models", "pull", "local/smollm2"]) == 0
    told = capsys.readouterr()
    assert f"local/smollm2: 98.4 MB in {home / 'models' / 'smollm2.gguf'}" in told.out
    assert told.err == "Downloading it.\n"
    assert call(["models", "pull", "smollm2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == KNOWN["smollm2"].size
    assert call(["models", "list"]) == 0
    assert "ready" in capsys.readouterr().out
    assert call(["models", "list", "--json"]) == 0
    assert {item["model"] for item in json.loads(capsys.readouterr().out)["models"]} == {
        f"local/{name}" for name in KNOWN
    }


def test_damaged_weights_are_told_with_what_to_do(home: Path, capsys: Captured) -> None:
    (home / "models").mkdir(parents=True)
    own = home / "models" / "own.gguf"
    for path in (own, own.with_name("smollm2.gguf")):
        path.write_bytes(b"8 bytes!")

    assert call(["models", "list"]) == 0
    told = capsys.readouterr().out
    assert f"damaged; replace it: {own}\n" in told
    assert "damaged; replace it: hive models pull smollm2\n" in told
    assert "ready" not in told
    assert call(["models", "list", "--json"]) == 0
    assert all(item["is_damaged"] for item in json.loads(capsys.readouterr().out)["models"])


@pytest.mark.parametrize("arguments", [["rn"], ["runs", "shw"], ["xyzzy"], ["run"], ["run", "--nonsense"]])
def test_a_wrong_call_is_answered_with_help(arguments: list[str], capsys: Captured) -> None:
    assert call(arguments) == 2
    assert capsys.readouterr().err.startswith("Error: ")


def test_calling_hive_alone_shows_its_commands(capsys: Captured) -> None:
    assert call([]) == 2
    assert "validate" in capsys.readouterr().err
    assert call(["--version"]) == 0
    assert capsys.readouterr().out.startswith("hive ")


def test_a_fault_of_our_own_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def break_down(*arguments: object, **options: object) -> None:
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr(entry.hive, "main", break_down)  # nothing of ours raises it on its own
    assert call(["run"]) == 1
    told = capsys.readouterr().err
    assert told == (
        "Error: Hive met a fault of its own (RuntimeError: a wheel came off). "
        "Run it again with --debug to see where.\n"
    )


def test_the_view_is_live_only_on_a_terminal_that_moves_its_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard, terminal = os.openpty()
    with os.fdopen(terminal, "r+b", buffering=0) as screen, os.fdopen(keyboard, "rb"):
        monkeypatch.setattr(sys, "stdout", screen)
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setenv("TERM", "xterm")
        assert can_show_live()
        monkeypatch.setenv("TERM", "dumb")
        assert not can_show_live()


def test_info_tells_what_starts_runs(tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, "triggered", TRIGGERED)
    assert call(["info", str(package)]) == 0
    assert "hook (webhook), nightly (cron)" in capsys.readouterr().out
    assert call(["info", str(package), "--json"]) == 0
    assert [spec["id"] for spec in json.loads(capsys.readouterr().out)["triggers"]] == ["hook", "nightly"]
