from __future__ import annotations

from pathlib import Path

import pytest

from examples import demo
from examples.support_triage.tests.test_agent import by_content, provider, write_csv


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HIVE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_demo_shows_what_was_decided_where_the_report_is_and_what_it_cost(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = demo.main([], llm=provider(by_content), storage=home / "demo")

    said = capsys.readouterr().out
    report = next(line for line in said.splitlines() if line.startswith("Report: "))
    assert code == 0
    assert Path(report.removeprefix("Report: ")).is_file()
    for part in (
        "Model: scripted",
        "ticket 8\n",
        "category: ",
        "Goal: score 1.0",
        "of 8 as a person",
        "Cost: ",
    ):
        assert part in said


def test_the_demo_takes_another_file_relative_to_where_it_is_run(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_csv(home / "mine.csv", [("x-1", "Lamp", "The lamp is broken.")])

    code = demo.main(["mine.csv"], llm=provider(by_content), storage=home / "demo")

    said = capsys.readouterr().out
    assert code == 0
    assert "| x-1 | " in said
    assert "as a person" not in said


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [(["none.csv"], 2, "There is no file"), (["a", "b"], 2, "usage: ")],
)
def test_the_demo_says_what_is_wrong(
    arguments: list[str], code: int, complaint: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo.main(arguments, llm=provider(by_content), storage=home / "demo") == code
    assert complaint in capsys.readouterr().err


def test_an_interrupted_demo_says_how_to_carry_its_run_on(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(key: str, text: str) -> str:
        raise KeyboardInterrupt(key, text)

    assert demo.main([], llm=provider(interrupted), storage=home / "demo") == 130

    (run,) = (home / "demo" / "runs").iterdir()
    assert f"hive run --resume {run.name} --storage {home / 'demo'}" in capsys.readouterr().err
