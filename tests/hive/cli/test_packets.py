"""Packets on the command line: made, shown, reproduced, and turned into tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from hive.cli.main import call
from tests.support.cli_packages import FAILING, GREETER, write_package
from tests.support.planted_secrets import SECRETS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("home")
KEY = SECRETS["github"]
MENDED = FAILING.replace("    raise", "    return {}\n    raise")


def failed(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str = "Ada") -> tuple[Path, Path]:
    """Return the failing package and the packet of a run of it."""
    package = write_package(tmp_path, "failing", FAILING)
    assert call(["run", str(package), "--json", "--input", json.dumps({"name": name})]) == 1
    run = json.loads(capsys.readouterr().out)["run_id"]
    assert call(["runs", "packet", run, "-o", str(tmp_path / "x.json")]) == 0
    return package, tmp_path / "x.json"


def rewrite(package: Path, body: str) -> None:
    """Give a package another agent.py."""
    (package / "agent.py").write_text((package / "agent.py").read_text().split("def fail")[0] + body)


def test_a_packet_is_made_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, packet = failed(tmp_path, capsys, name=f"Ada {KEY}")
    told = capsys.readouterr().out

    assert "failing failed: logic (ValueError)" in told
    assert "1 secret replaced" in told
    assert KEY not in packet.read_text() + told

    assert call(["packet", "show", str(packet), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["failure"]["node_id"], record["failure"]["category"]) == ("fail", "logic")


def test_a_failure_is_reproduced_and_a_mend_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package, packet = failed(tmp_path, capsys)

    assert call(["packet", "replay", str(packet)]) == 0  # It lies in this folder.
    assert "reproduced: ValueError at node 'fail'" in capsys.readouterr().out

    rewrite(package, MENDED)
    assert call(["packet", "replay", str(packet), "--package", str(package), "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert (record["reproduced"], record["mended"]) == (False, True)


def test_what_cannot_be_packed_or_replayed_is_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, packet = failed(tmp_path, capsys)
    greeter = write_package(tmp_path, "greeter", GREETER)
    capsys.readouterr()
    assert call(["run", str(greeter), "--json", "--input", '{"name": "Ada"}']) == 0
    run = json.loads(capsys.readouterr().out)["run_id"]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert call(["runs", "packet", run]) == 2
    assert call(["packet", "replay", str(packet)]) == 2
    assert call(["packet", "replay", str(tmp_path / "none")]) == 2
    told = capsys.readouterr().err
    assert "no failure to pack" in told
    assert "name it with --package PATH" in told


def test_a_written_test_fails_until_the_agent_is_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package, packet = failed(tmp_path, capsys)
    test = tmp_path / "tests" / "test_failing.py"

    assert call(["packet", "to-test", str(packet), "--package", str(package), "-o", str(test)]) == 0
    packet.unlink()
    broken = run_pytest(test)
    rewrite(package, MENDED)
    mended = run_pytest(test)

    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert "reproduced: ValueError at node 'fail'" in broken.stdout
    assert mended.returncode == 0, mended.stdout
    assert "the failure no longer occurs" in mended.stdout


def run_pytest(test: Path) -> subprocess.CompletedProcess[str]:
    """Run a test file as a person would, with no settings of ours."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-c", os.devnull, str(test)],
        cwd=test.parent,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_packet_cannot_choose_the_code_that_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, packet = failed(tmp_path, capsys)
    record = json.loads(packet.read_text()) | {"agent": "../failing"}
    packet.write_text(json.dumps(record))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert call(["packet", "replay", str(packet)]) == 2
    assert "name it with --package PATH" in capsys.readouterr().err


def test_a_packet_that_was_changed_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package, packet = failed(tmp_path, capsys)
    whole = json.loads(packet.read_text())
    for at in range(len(whole["journal"])):
        changed = json.loads(packet.read_text())
        changed["journal"][at]["body"] = {}
        (tmp_path / "changed.json").write_text(json.dumps(changed))
        capsys.readouterr()

        assert call(["packet", "replay", str(tmp_path / "changed.json"), "--package", str(package)]) == 2
        told = capsys.readouterr().err
        assert "was changed or damaged; get the file once more" in told
        assert len(told.splitlines()) == 1


def test_a_packet_of_a_newer_format_is_told_as_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.json").write_text('{"format": 99}')

    assert call(["packet", "replay", str(tmp_path / "x.json")]) == 2
    assert "has format 99" in capsys.readouterr().err
