from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.repository_report import history as history_module
from examples.repository_report.git import Repository
from examples.repository_report.history import Change, Selection, parse, read_history
from examples.repository_report.tests.repositories import empty, small
from framework.errors import InputError

EVERYTHING = Selection(revisions="", since="", limit=100)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of this machine, and a hook's repository, away from git."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.setenv("GIT_DIR", "/nowhere")


async def test_every_commit_is_read_newest_first_with_what_it_changed(tmp_path: Path) -> None:
    found = await read_history(small(tmp_path / "shop").path, EVERYTHING)

    assert (found.name, found.head, found.is_cut) == ("shop", "main", False)
    assert [commit.subject for commit in found.commits] == [
        "fix!: rename the app", "Merge side", "Rename the guide\twith a tab", "fix: count to six",
        "docs(guide): explain sizes", "feat: begin the app",
    ]  # fmt: skip
    newest, merge, rename, fix, guide, _ = found.commits
    assert Change(path="src/main.py", before="src/app.py") in newest.changes
    assert Change(path="logo.bin") in newest.changes
    assert merge.is_merge
    assert merge.changes == []
    assert rename.changes == [Change(path="docs/sizes.md", before="docs/Größe und Maß.md")]
    assert (fix.author, fix.email, fix.day) == ("Bo Ødegård", "bo@example.org", "2026-02-01")
    assert fix.changes == [Change(path="src/app.py", added=1)]
    assert guide.changes == [Change(path="docs/Größe und Maß.md", added=1)]


@pytest.mark.parametrize(
    ("selection", "read"),
    [
        (replace(EVERYTHING, limit=2), (2, True)),
        (replace(EVERYTHING, limit=6), (6, False)),
        (replace(EVERYTHING, revisions="side"), (3, False)),
        (replace(EVERYTHING, revisions="side..main"), (3, False)),
        (replace(EVERYTHING, since="2026-02-02"), (3, False)),
        (replace(EVERYTHING, since="2027-01-01"), (0, False)),
    ],
)
async def test_a_part_of_the_history_is_read(
    selection: Selection, read: tuple[int, bool], tmp_path: Path
) -> None:
    found = await read_history(small(tmp_path).path, selection)

    assert (len(found.commits), found.is_cut) == read


async def test_an_empty_repository_has_an_empty_history(tmp_path: Path) -> None:
    found = await read_history(empty(tmp_path / "new").path, EVERYTHING)

    assert (found.name, found.head, found.commits) == ("new", "main", [])


async def test_a_bare_repository_is_read_too(tmp_path: Path) -> None:
    small(tmp_path / "a").git("clone", "-q", "--bare", ".", str(tmp_path / "b.git"))

    assert len((await read_history(tmp_path / "b.git", EVERYTHING)).commits) == 6


async def test_a_shallow_clone_says_that_there_is_more(tmp_path: Path) -> None:
    source = small(tmp_path / "a").path
    empty(tmp_path).git("clone", "-q", "--depth=1", f"file://{source}", str(tmp_path / "b"))

    found = await read_history(tmp_path / "b", EVERYTHING)

    assert (len(found.commits), found.is_cut) == (1, True)


@pytest.mark.parametrize(
    ("selection", "complaint"),
    [
        (replace(EVERYTHING, revisions="--output=/tmp/x"), "is no range of commits"),
        (replace(EVERYTHING, revisions="nowhere"), "bad revision 'nowhere'"),
        (replace(EVERYTHING, revisions="nowhere", limit=1), "Name another range"),
        (replace(EVERYTHING, since="yesterday"), "is no day"),
    ],
)
async def test_a_bad_selection_is_refused(selection: Selection, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=complaint):
        await read_history(small(tmp_path).path, selection)


async def test_what_is_no_repository_is_refused(tmp_path: Path) -> None:
    for folder, complaint in {
        tmp_path / "none": "There is no folder",
        Path("a\0b"): "There is no folder|cannot be read",
        tmp_path: "is no git repository",
    }.items():
        with pytest.raises(InputError, match=complaint):
            await read_history(folder, EVERYTHING)


async def test_programs_that_a_repository_names_are_not_started(tmp_path: Path) -> None:
    made = small(tmp_path / "a")
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path / 'sprung'}'\ncat\n")
    trap.chmod(0o755)
    for key in ("diff.external", "core.pager", "core.fsmonitor", "gpg.program", "diff.x.textconv"):
        made.git("config", key, str(trap))
    made.git("config", "log.showSignature", "true")
    made.write(".git/info/attributes", "* diff=x\n")

    found = await read_history(made.path, EVERYTHING)

    assert len(found.commits) == 6
    assert not (tmp_path / "sprung").exists()


async def test_a_large_output_is_cut_and_a_slow_git_is_stopped(tmp_path: Path) -> None:
    repository = Repository(small(tmp_path).path)

    answer = await repository.ask("log", "-z", "--format=%H", most_bytes=50)

    assert (len(answer.output), answer.is_cut) == (50, True)
    with pytest.raises(InputError, match="took longer than 0 s"):
        await Repository(tmp_path, timeout_s=0).ask("log")


name = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=12)
change = st.builds(
    Change, path=name, before=st.just("") | name, added=st.integers(0, 99), deleted=st.integers(0, 99)
)


def printed(number: int, changes: list[Change]) -> str:
    """Return a commit as git prints it in our format."""
    fields = [f"{number:040x}", "", "A", "a@x", "1767614400", f"subject {number}"]
    lines = [
        f"{c.added}\t{c.deleted}\t" + (f"\0{c.before}\0{c.path}" if c.before else c.path) for c in changes
    ]
    return "\0".join([*fields, *([f"\n{lines[0]}", *lines[1:]] if lines else [])]) + "\0"


@given(st.lists(st.lists(change, max_size=3), max_size=4))
def test_any_file_names_are_read_back(commits: list[list[Change]]) -> None:
    text = "".join(printed(number, changes) for number, changes in enumerate(commits))

    found, is_cut = parse(text.encode())

    assert [commit.changes for commit in found] == commits
    assert not is_cut


@given(st.lists(st.lists(change, max_size=3), min_size=1, max_size=4), st.integers(0, 400))
def test_a_cut_log_gives_whole_commits_only(commits: list[list[Change]], length: int) -> None:
    text = "".join(printed(number, changes) for number, changes in enumerate(commits)).encode()

    found, is_cut = parse(text[:length], is_cut=True)

    assert [commit.changes for commit in found] == commits[: len(found)]
    assert len(found) < len(commits) or length > len(text)
    assert is_cut


def test_too_many_changes_cut_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "MOST_CHANGES", 3)
    text = "".join(printed(number, [Change(path="a"), Change(path="b")]) for number in range(3))

    found, is_cut = parse(text.encode())

    assert (len(found), is_cut) == (1, True)
