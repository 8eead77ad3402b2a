# ruff: noqa: RUF001  (hostile names are made of look-alikes)
from __future__ import annotations

import contextlib
import itertools
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import ToolError
from hive.toolbox import root_folder
from hive.toolbox.root_folder import Entry, RootFolder

if TYPE_CHECKING:
    from pathlib import Path

_UP = [
    "..",
    "../",
    "../x",
    "../../x",
    "a/..",
    "a/../x",
    "a/../../x",
    "./..",
    "..\\x",
    "a\\..\\x",
    "..;/x",
    "...",
    "a/.../x",
]
_UP += ["../" * depth + "etc/passwd" for depth in range(1, 21)]
_UP += ["a/" * depth + "../" * (depth + 1) + "x" for depth in range(1, 16)]
_ENCODED = [
    "%2e%2e/x",
    "%2e%2e%2fx",
    "..%2fx",
    "..%5cx",
    "%252e%252e%252fx",
    "..%c0%afx",
    "..%u2215x",
    "&#46;&#46;/x",
]
_ENCODED += [
    "．．/x",
    "‥/x",
    "..／x",
    "..∕x",
    "..⁄x",
    "..＼x",
    "\u2024\u2024/x",
    "a\uff0e\uff0e/x",
    "．/x",
    "…/x",
]
_ABSOLUTE = [
    "/",
    "//",
    "/x",
    "//x",
    "/etc/passwd",
    "//etc/passwd",
    "///etc/passwd",
    "/proc/self/environ",
    "/dev/zero",
    "/root/.ssh/id_rsa",
]
_DRIVES = [
    "C:",
    "C:x",
    "C:\\x",
    "C:/x",
    "c:\\windows\\win.ini",
    "\\\\server\\share\\x",
    "//server/share/x",
    "\\\\?\\C:\\x",
]
_DRIVES += [
    "\\\\.\\pipe\\x",
    "\\x",
    "x\\y",
    "file:x",
    "file:///etc/passwd",
    "http://x",
    "x:stream",
    "x::$DATA",
    "a/x:y",
]
_CONTROL = [f"a{chr(code)}b" for code in (*range(32), 127, 128, 133, 159)]
_CONTROL += [
    "x\0.txt",
    "\0",
    "x/\0/y",
    "x\u202etxt",
    "x\u200b",
    "\ufeffx",
    "x\u2028y",
    "x\u00a0y",
    "x\ue000",
    "x\U000e0041",
]
_EDGES = [
    "",
    " ",
    ".",
    "./x",
    "x/.",
    "x/./y",
    "x/",
    "x//y",
    "/x/",
    " x",
    "x ",
    "x.",
    "x. ",
    "x .",
    "a /x",
    "a./x",
    " a/x",
    "x/ y",
]
_EDGES += [
    ".x",
    ".env",
    ".git/config",
    "a/.git/config",
    ".ssh/id_rsa",
    "..x",
    "-x",
    "--help",
    "~",
    "~/x",
    "~root/x",
]
_EDGES += [
    "$HOME/x",
    "${HOME}",
    "%USERPROFILE%",
    "`id`",
    "$(id)",
    "x|y",
    "x>y",
    "x<y",
    "x?",
    "x*",
    '"x"',
    "'x'",
    "x;y",
    "x&y",
    "x!y",
]
_DEVICES = [
    f"{name}{end}"
    for name in ("CON", "prn", "Aux", "NUL", "COM1", "com9", "LPT1", "COM0")
    for end in ("", ".txt", ".a.b")
]
_DEVICES += ["a/NUL", "nul/a", "CON .txt", "COM¹", "COM²", "LPT³", "ＣＯＮ"]
_LONG = ["x" * 201, "é" * 101, "a/" * 16 + "x", "a/" * 5000 + "x", "x" * 100_000, "a/" + "x" * 300]
_SURROGATES = ["x\ud800", "\udcff", "a/\udc2e\udc2e/x"]
HOSTILE_PATHS = [*_UP, *_ENCODED, *_ABSOLUTE, *_DRIVES, *_CONTROL, *_EDGES, *_DEVICES, *_LONG, *_SURROGATES]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside"
    path.mkdir()
    (path / "x").write_text("secret")
    return path


@pytest.fixture
def root(tmp_path: Path, outside: Path) -> Path:
    path = tmp_path / "root"
    (path / "a").mkdir(parents=True)
    (path / "a" / "x").write_text("inner")
    return path


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def write(folder: RootFolder, path: str, text: str = "new") -> bytes:
    return folder.change(path, lambda _old: text.encode())


def test_the_table_is_long_enough() -> None:
    assert len(set(HOSTILE_PATHS)) >= 200


@pytest.mark.parametrize("path", HOSTILE_PATHS, ids=range(len(HOSTILE_PATHS)))
def test_a_hostile_path_is_refused_and_changes_nothing(root: Path, tmp_path: Path, path: str) -> None:
    folder, before = RootFolder(root), tree(tmp_path)

    for way in (folder.read, lambda it: write(folder, it), folder.list if path else folder.read):
        with pytest.raises(ToolError, match="refused"):
            way(path)

    assert tree(tmp_path) == before


def test_files_lie_in_folders_that_a_write_makes(root: Path) -> None:
    folder = RootFolder(root)

    assert write(folder, "b/c/x.txt", "1") == b"1"
    assert folder.change("b/c/x.txt", lambda old: (old or b"") + b"2") == b"12"
    assert folder.read("b/c/x.txt") == b"12"
    assert folder.list() == [Entry(name="a", size=None), Entry(name="b", size=None)]
    assert folder.list("b/c") == [Entry(name="x.txt", size=2)]
    assert tree(root) == ["a", "a/x", "b", "b/c", "b/c/x.txt"]


def test_a_read_makes_no_folder(root: Path) -> None:
    for path in ("b/x", "a/y"):
        with pytest.raises(ToolError, match="There is no file"):
            RootFolder(root).read(path)
    with pytest.raises(ToolError, match="There is no file"):
        RootFolder(root).list("b")
    assert tree(root) == ["a", "a/x"]


def test_a_file_is_no_folder_and_a_folder_no_file(root: Path) -> None:
    folder = RootFolder(root)
    with pytest.raises(ToolError, match="'x' is no folder"):
        write(folder, "a/x/y")
    with pytest.raises(ToolError, match="ordinary file"):
        folder.read("a")
    with pytest.raises(ToolError, match="ordinary file"):
        write(folder, "a")


def test_links_are_refused_and_not_listed(root: Path, outside: Path) -> None:
    folder = RootFolder(root)
    (root / "to-file").symlink_to(outside / "x")
    (root / "to-folder").symlink_to(outside)
    (root / "hard").hardlink_to(outside / "x")
    (root / "a" / "up").symlink_to("..")
    for path in ("to-file", "to-folder/x", "hard", "a/up/to-file", "to-folder/new"):
        with pytest.raises(ToolError):
            folder.read(path)
        with pytest.raises(ToolError):
            write(folder, path)
    assert folder.list() == [Entry(name="a", size=None)]
    assert tree(outside) == ["x"]
    assert (outside / "x").read_text() == "secret"


def test_pipes_and_sockets_are_not_opened(root: Path) -> None:
    os.mkfifo(root / "pipe")
    for way in (RootFolder(root).read, lambda path: write(RootFolder(root), path)):
        with pytest.raises(ToolError, match="ordinary file"):
            way("pipe")
    assert RootFolder(root).list() == [Entry(name="a", size=None)]


def test_a_folder_swapped_for_a_link_between_check_and_open_leads_nowhere(
    root: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_open = os.open

    def swap_then_open(name: Any, flags: int, *args: Any, dir_fd: int | None = None) -> int:
        if name == "a" and (root / "a").is_dir() and not (root / "a").is_symlink():
            (root / "a").rename(root / "away")
            (root / "a").symlink_to(outside)
        return real_open(name, flags, *args, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", swap_then_open)
    with pytest.raises(ToolError, match="'a' is no folder"):
        RootFolder(root).read("a/x")
    with pytest.raises(ToolError, match="'a' is no folder"):
        write(RootFolder(root), "a/x")
    assert (outside / "x").read_text() == "secret"


def test_a_race_of_folders_and_links_reveals_and_changes_nothing(root: Path, outside: Path) -> None:
    stop, seen, refused = threading.Event(), set[bytes](), 0
    racer = threading.Thread(target=_flip, args=(root, outside, stop))
    racer.start()
    folder = RootFolder(root)
    for _ in range(300):
        for way in (folder.read, lambda path: folder.change(path, lambda _old: b"inner")):
            try:
                seen.add(way("a/x"))
            except ToolError:
                refused += 1
    stop.set()
    racer.join()
    assert refused
    assert seen <= {b"inner"}
    assert (tree(outside), (outside / "x").read_text()) == (["x"], "secret")


def _flip(root: Path, outside: Path, stop: threading.Event) -> None:
    """Put a link to the outside in the place of the folder, and a folder back, in quick succession."""
    for number in itertools.count():
        if stop.is_set():
            return
        fresh = root / f"fresh-{number}"
        fresh.mkdir()
        (fresh / "x").write_text("inner")
        for step in (
            lambda number=number: (root / "a").rename(root / f"away-{number}"),
            lambda: (root / "a").symlink_to(outside),
            (root / "a").unlink,
            lambda fresh=fresh: fresh.rename(root / "a"),
        ):
            with contextlib.suppress(OSError):  # a write made the folder anew meanwhile
                step()


def test_writes_by_many_threads_lose_nothing(root: Path) -> None:
    folder = RootFolder(root)

    def add() -> None:
        for _ in range(20):
            folder.change("log", lambda old: (old or b"") + b"x")

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert folder.read("log") == b"x" * 160
    assert tree(root) == ["a", "a/x", "log"], "no draft stays"


def test_a_root_that_is_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolError, match="HIVE_TOOLBOX_ROOT"):
        RootFolder(tmp_path / "file").list()


def test_too_many_entries_are_not_listed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root_folder, "_MAX_ENTRIES", 2)
    (root / "b").mkdir()
    assert len(RootFolder(root).list()) == 2
    (root / "c").mkdir()
    with pytest.raises(ToolError, match="holds 3 entries, more than 2"):
        RootFolder(root).list()
