"""Every command that reads a run refuses a damaged one in a sentence, and leaves it as it is."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from hive.cli.main import call
from tests.support.cli_packages import write_package
from tests.support.damage import DAMAGES, TORN, Damage, contents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

AGENT = """\
from framework.errors import CallInDoubtError

ok = EdgeCondition.ON_SUCCESS


def charge(text):
    raise CallInDoubtError("the line is dead")


def fail(text):
    raise ValueError("the moon is red")


nodes = [
    NodeSpec(id="load", node_type="function", output_keys=["text"], function=lambda: {"text": "x" * 9000}),
    NodeSpec(id="end", node_type="function", input_keys=["text"], output_keys=["a"], function=ENDS),
]
edges = [EdgeSpec(id="on", source="load", target="end", condition=ok)]
entry_node = "load"
terminal_nodes = ["end"]
"""
WAITS = AGENT.replace("function=ENDS", 'function=charge, effect="once"')
FAILS = AGENT.replace("function=ENDS", "function=fail, max_retries=1")

COMMANDS = {
    "resume": ("run", "--resume", "RUN"),
    "show": ("runs", "show", "RUN"),
    "replay": ("runs", "replay", "RUN"),
    "fork": ("runs", "fork", "RUN", "--at", "3"),
    "answer": ("runs", "answer", "RUN", "done 7"),
    "packet": ("runs", "packet", "RUN", "-o", "packet.json"),
    "cancel": ("runs", "cancel", "RUN"),
    "pause": ("runs", "pause", "RUN"),
    "reject": ("runs", "reject", "RUN", "It is rude."),
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder of storages: of a run that waits for a person, and of one that failed."""
    folder = tmp_path_factory.mktemp("damage")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HIVE_HOME", str(folder / "home"))
        for name, body, code in (("waits", WAITS, 3), ("fails", FAILS, 1)):
            package = write_package(folder, name, body)
            assert call(["run", str(package), "--storage", str(folder / "stored" / name), "-q"]) == code
    yield folder / "stored"


def run_of(command: str, stored: Path, folder: Path, damage: Damage) -> tuple[Path, list[str]]:
    """Return the storage of a run that was damaged, and the command that reads it."""
    storage = folder / "storage"
    shutil.copytree(stored / ("fails" if command == "packet" else "waits"), storage)
    (run,) = (storage / "runs").iterdir()
    damage.happen(storage)
    words = [run.name if word == "RUN" else word for word in COMMANDS[command]]
    return storage, [*words, "--storage", str(storage)]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_a_damaged_run_is_refused_in_a_sentence_and_stays_as_it_is(
    command: str, damage: Damage, stored: Path, home: Path, tmp_path: Path, capsys: Captured
) -> None:
    storage, words = run_of(command, stored, tmp_path, damage)
    before = contents(storage)

    code = call(words)

    told = capsys.readouterr()
    sentence = " ".join(told.err.split())
    assert (code, told.out) == (2, "")
    assert sentence.startswith("Error: ")
    assert damage.told in sentence
    assert any(cure in sentence for cure in ("estore", "upgrade the program", "copy the blobs folder"))
    assert "Traceback" not in told.err and "fault of its own" not in told.err
    assert contents(storage) == before
    assert not home.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_in_the_place_of_a_journal_is_refused_like_damage(
    command: str, stored: Path, home: Path, tmp_path: Path, capsys: Captured
) -> None:
    storage, words = run_of(command, stored, tmp_path, TORN)
    (journal,) = storage.glob("runs/*/journal.jsonl")
    journal.unlink()
    journal.mkdir()

    code = call(words)

    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert "journal.jsonl' is a folder; move it away and restore the file" in " ".join(told.err.split())
    assert not [*journal.iterdir()]
    assert not home.exists()


@pytest.mark.parametrize("command", ["show", "replay", "packet", "pause", "reject"])
def test_a_torn_last_line_is_read_over_and_left_alone(
    command: str, stored: Path, home: Path, tmp_path: Path, capsys: Captured
) -> None:
    storage, words = run_of(command, stored, tmp_path, TORN)
    before = contents(storage)

    code = call(words)

    assert code == (0 if command in {"show", "replay"} else 2)
    assert "not what was written" not in capsys.readouterr().err
    assert contents(storage) == before
    assert not home.exists()


@pytest.mark.parametrize(("command", "code"), [("resume", 3), ("answer", 0), ("fork", 0), ("cancel", 0)])
def test_a_torn_last_line_is_all_that_a_run_loses_when_it_goes_on(
    command: str, code: int, stored: Path, tmp_path: Path, home: Path
) -> None:
    storage, words = run_of(command, stored, tmp_path, TORN)
    (journal,) = storage.glob("runs/*/journal.jsonl")
    whole = journal.read_bytes().rpartition(b"\n")[0] + b"\n"

    assert call(words) == code

    assert journal.read_bytes().startswith(whole)
    assert call(["runs", "show", words[2] if command == "resume" else journal.parent.name, *words[-2:]]) == 0
    assert home is not None


def test_a_run_is_forked_before_its_damage(stored: Path, home: Path, tmp_path: Path) -> None:
    changed = next(damage for damage in DAMAGES if damage.name == "flipped-byte")
    storage, words = run_of("fork", stored, tmp_path, changed)

    assert call([*words[:3], "--at", "2", *words[5:]]) == 0
    assert len([*storage.glob("runs/*/journal.jsonl")]) == 2
    assert not home.exists()
