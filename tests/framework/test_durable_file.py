"""Files made and replaced whole."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from framework.durable_file import create_file, locked, replace_file

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_replaced_whole_with_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("before")

    replace_file(file, b"after", mode=0o640)

    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"after", 0o640)
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_exists_is_not_made_again(tmp_path: Path) -> None:
    file = tmp_path / "file"
    create_file(file, b"first")

    with pytest.raises(FileExistsError):
        create_file(file, b"second")

    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"first", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_a_process_that_dies_while_it_makes_a_file_leaves_none(tmp_path: Path) -> None:
    """What can fail between the first byte and the last leaves a draft at most, never the name."""
    child = os.fork()
    if child == 0:
        os.fsync = lambda fd: os._exit(9)  # the process is gone before its bytes are on the disk
        create_file(tmp_path / "key", b"key")
        os._exit(0)
    os.waitpid(child, 0)

    assert not (tmp_path / "key").exists()


def test_a_lock_is_waited_for_no_longer_than_asked(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    with locked(path), pytest.raises(TimeoutError, match="has held"), locked(path, wait_s=0.05):
        pass


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    replace_file(pipe, b"through the pipe")

    assert os.read(reader, 100) == b"through the pipe"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_of_a_link_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)

    replace_file(link, b"new")

    assert link.is_symlink()
    assert target.read_text() == "new"


def test_folders_that_are_made_are_their_owners_alone_and_others_stay_as_they_are(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with locked(tmp_path / "home" / "deep" / ".lock"):
        folders = [tmp_path, tmp_path / "home", tmp_path / "home" / "deep"]
        assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o755, 0o700, 0o700]
