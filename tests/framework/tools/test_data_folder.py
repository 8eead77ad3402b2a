from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import ToolError
from framework.tools import line_pages, open_folder
from framework.tools.data_folder import DataFolder, FileInfo
from framework.tools.line_pages import FOLD_CHARS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WAYS = [
    pytest.param(lambda folder, name: folder.write(name, "x"), id="write"),
    pytest.param(lambda folder, name: folder.append(name, "x"), id="append"),
    pytest.param(lambda folder, name: folder.replace(name, "secret", "x"), id="replace"),
    pytest.param(lambda folder, name: folder.read_lines(name, offset=0, limit=9, max_chars=99), id="read"),
    pytest.param(lambda folder, name: folder.locate(name), id="locate"),
]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside"
    path.mkdir()
    (path / "secret.txt").write_text("secret\n")
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir()
    return path


def read(folder: DataFolder, name: str, *, offset: int = 0, limit: int = 50, max_chars: int = 10_000) -> Any:
    return folder.read_lines(name, offset=offset, limit=limit, max_chars=max_chars)


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


def test_the_first_write_makes_the_folder(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "a" / "b")
    assert folder.list() == []
    assert folder.write("x.txt", "é") == "é".encode()
    assert (tmp_path / "a" / "b" / "x.txt").read_text() == "é"
    assert folder.list() == [FileInfo(name="x.txt", size=2)]


def test_a_write_replaces_and_leaves_no_draft(root: Path) -> None:
    folder = DataFolder(root)
    folder.write("x.txt", "one")
    folder.write("x.txt", "two")
    assert (root / "x.txt").read_text() == "two"
    assert names(root) == ["x.txt"]


def test_an_append_returns_the_whole_content(root: Path) -> None:
    folder = DataFolder(root)
    assert folder.append("x.txt", "one\n") == b"one\n"
    assert folder.append("x.txt", "two\n") == b"one\ntwo\n"


def test_concurrent_appends_lose_nothing(root: Path) -> None:
    threads = [
        threading.Thread(target=lambda n=n: [DataFolder(root).append("x", f"{n}\n") for _ in range(25)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((root / "x").read_text().split()) == sorted("0123" * 25)


def test_a_replacement_needs_exactly_one_occurrence(root: Path) -> None:
    folder = DataFolder(root)
    folder.write("x.txt", "a b b")
    assert folder.replace("x.txt", "a", "c") == b"c b b"
    with pytest.raises(ToolError, match="occurs 2 times"):
        folder.replace("x.txt", "b", "c")
    with pytest.raises(ToolError, match="does not occur"):
        folder.replace("x.txt", "z", "c")
    with pytest.raises(ToolError, match="does not occur"):
        folder.replace("x.txt", "", "c")


def test_a_replacement_keeps_bytes_that_are_no_text(root: Path) -> None:
    (root / "x.bin").write_bytes(b"\xff a \xfe")
    assert DataFolder(root).replace("x.bin", "a", "b") == b"\xff b \xfe"


def test_pages_continue_where_the_last_one_ended(root: Path) -> None:
    folder = DataFolder(root)
    folder.write("x.txt", "".join(f"line {n}\n" for n in range(7)))
    first = read(folder, "x.txt", limit=3)
    last = read(folder, "x.txt", offset=6, limit=3)
    assert (first.lines, first.total, first.next_offset) == (("line 0", "line 1", "line 2"), 7, 3)
    assert (last.lines, last.next_offset) == (("line 6",), None)
    assert read(folder, "x.txt", offset=99).lines == ()


def test_an_empty_file_has_no_lines(root: Path) -> None:
    folder = DataFolder(root)
    folder.write("x.txt", "")
    assert (read(folder, "x.txt").lines, read(folder, "x.txt").total) == ((), 0)


@given(
    text=st.text(alphabet=st.sampled_from("ab\né"), max_size=3000),
    limit=st.integers(1, 60),
    max_chars=st.integers(1, 900),
)
def test_paging_reads_every_character_once(text: str, limit: int, max_chars: int) -> None:
    lines = [line for page in _pages(text, limit, max_chars) for line in page]
    whole = text.removesuffix("\n") if text.endswith("\n") else text
    assert "".join(lines) == whole.replace("\n", "")
    assert all(len(line) <= FOLD_CHARS for line in lines)


def _pages(text: str, limit: int, max_chars: int) -> list[list[str]]:
    lines, offset, pages = line_pages._folded(text), 0, []
    while offset < len(lines):
        page = line_pages._fitting(lines[offset : offset + limit], max_chars)
        assert page
        assert len(page) == 1 or sum(len(line) + 1 for line in page) <= max_chars
        pages.append(page)
        offset += len(page)
    return pages


def test_one_long_line_is_read_in_folds(root: Path) -> None:
    folder = DataFolder(root)
    folder.write("x.json", "x" * (3 * FOLD_CHARS + 1))
    page = read(folder, "x.json", limit=2)
    assert [len(line) for line in page.lines] == [FOLD_CHARS, FOLD_CHARS]
    assert (page.total, page.next_offset) == (4, 2)


def test_bytes_that_are_no_text_are_shown_as_replacements(root: Path) -> None:
    (root / "x.bin").write_bytes(b"a\xffb\n")
    assert read(DataFolder(root), "x.bin").lines == ("a\ufffdb",)


def test_a_lone_surrogate_is_written_as_a_question_mark(root: Path) -> None:
    assert DataFolder(root).write("x.txt", "a\ud800") == b"a?"


@pytest.mark.parametrize("way", WAYS[2:])
def test_a_missing_file_is_named(root: Path, way: Any) -> None:
    for folder in (DataFolder(root), DataFolder(root / "nowhere")):
        with pytest.raises(ToolError, match=r"There is no file 'x.txt'; list the files"):
            way(folder, "x.txt")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name", ["../outside/secret.txt", "/etc/passwd", "..", "a\0b", "C:x", "\\\\s\\x", ""]
)
def test_every_way_in_refuses_hostile_names(root: Path, outside: Path, way: Any, name: str) -> None:
    with pytest.raises(ToolError):
        way(DataFolder(root), name)
    assert names(root) == []
    assert names(outside) == ["secret.txt"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["symlink", "dangling", "hard link", "folder", "pipe", "link to folder"])
def test_every_way_in_refuses_what_is_no_ordinary_file(
    root: Path, outside: Path, way: Any, kind: str
) -> None:
    path = root / "x.txt"
    make: dict[str, Callable[[], object]] = {
        "symlink": lambda: path.symlink_to(outside / "secret.txt"),
        "dangling": lambda: path.symlink_to(outside / "new.txt"),
        "hard link": lambda: path.hardlink_to(outside / "secret.txt"),
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "link to folder": lambda: path.symlink_to(outside),
    }
    make[kind]()
    with pytest.raises(ToolError, match="something else than an ordinary file"):
        way(DataFolder(root), "x.txt")
    assert DataFolder(root).list() == []
    assert names(outside) == ["secret.txt"]
    assert (outside / "secret.txt").read_text() == "secret\n"


@pytest.mark.parametrize("way", WAYS)
def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, outside: Path, way: Any) -> None:
    (tmp_path / "linked").symlink_to(outside)
    folder = DataFolder(tmp_path / "linked")
    with pytest.raises(ToolError, match="data folder cannot be used"):
        way(folder, "secret.txt")
    with pytest.raises(ToolError, match="data folder cannot be used"):
        folder.list()
    assert (outside / "secret.txt").read_text() == "secret\n"


def test_hidden_and_strange_files_are_not_listed(root: Path) -> None:
    for name in (".hidden", "a b.txt", "-x", "plain"):
        (root / name).write_text("1")
    assert [info.name for info in DataFolder(root).list()] == ["a b.txt", "plain"]


def test_a_file_over_the_limit_is_neither_written_nor_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_folder, "MAX_FILE_BYTES", 10)
    folder = DataFolder(root)
    folder.write("x.txt", "1234567890")
    with pytest.raises(ToolError, match="passes the limit of 10 bytes"):
        folder.append("x.txt", "1")
    (root / "big.txt").write_text("12345678901")
    with pytest.raises(ToolError, match="passes the limit"):
        read(folder, "big.txt")
    assert (root / "x.txt").read_text() == "1234567890"


def test_a_failing_rename_keeps_the_old_file_and_no_draft(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    folder = DataFolder(root)
    folder.write("x.txt", "old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", fail)
        with pytest.raises(ToolError, match=r"'x.txt' could not be used: No space left on device"):
            folder.write("x.txt", "new")
    assert names(root) == ["x.txt"]
    assert (root / "x.txt").read_text() == "old"


def test_an_absolute_path_is_located(root: Path) -> None:
    folder = DataFolder(root)
    folder.write("x.txt", "x")
    assert folder.locate("x.txt") == root / "x.txt"


def _quietly(make: Callable[[], object]) -> None:
    try:
        make()
    except OSError:
        return


def test_a_race_of_links_changes_and_reveals_nothing_outside(root: Path, outside: Path) -> None:
    secret = outside / "secret.txt"
    hostile_copy = outside / "copy.txt"
    hostile_copy.write_text("secret\n")
    stop = threading.Event()
    racer = threading.Thread(target=_flip, args=(root / "x.txt", [secret, hostile_copy], stop))
    racer.start()
    folder, seen, refused = DataFolder(root), set[str](), 0
    for _ in range(400):
        for way in WAYS[:4]:
            try:
                result = way.values[0](folder, "x.txt")
            except ToolError:
                refused += 1
            else:
                seen.add(str(result))
    stop.set()
    racer.join()
    assert refused
    assert not any("secret" in text for text in seen)
    assert (secret.read_text(), hostile_copy.read_text()) == ("secret\n", "secret\n")
    assert names(outside) == ["copy.txt", "secret.txt"]


def test_a_hard_link_removed_once_it_is_open_reveals_nothing(
    root: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real_open = root / "x.txt", os.open
    path.hardlink_to(outside / "secret.txt")

    def open_and_unlink(name: Any, *args: Any, **kwargs: Any) -> int:
        file = real_open(name, *args, **kwargs)
        if name == "x.txt":
            path.unlink()
        return file

    monkeypatch.setattr(os, "open", open_and_unlink)
    with pytest.raises(ToolError, match="There is no file"):
        read(DataFolder(root), "x.txt")


def test_a_file_that_keeps_changing_is_given_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real_open = root / "x.txt", os.open
    path.write_text("0")

    def open_and_replace(name: Any, *args: Any, **kwargs: Any) -> int:
        file = real_open(name, *args, **kwargs)
        if name == "x.txt":
            (root / "next").write_text("1")
            (root / "next").rename(path)
        return file

    monkeypatch.setattr(os, "open", open_and_replace)
    with pytest.raises(ToolError, match="being changed by something else"):
        read(DataFolder(root), "x.txt")


def _flip(path: Path, targets: list[Path], stop: threading.Event) -> None:
    """Make ``path`` a symlink, a hard link and nothing, in quick succession."""
    while not stop.is_set():
        for target in targets:
            for make in (path.symlink_to, path.hardlink_to):
                path.unlink(missing_ok=True)
                _quietly(lambda make=make, target=target: make(target))
        path.unlink(missing_ok=True)
