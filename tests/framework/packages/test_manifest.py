"""Versions follow from the files of a package alone."""

from pathlib import Path

import pytest

from framework.errors import PackageError
from framework.packages import discover, read_manifest
from tests.support.printed_packages import FUNCTION_AGENT, write_package


def version_of(parent: Path, files: dict[str, str]) -> str:
    return read_manifest(write_package(parent, "triage", files)).version


def test_equal_files_have_one_version_wherever_they_lie(tmp_path: Path) -> None:
    reordered = dict(reversed(FUNCTION_AGENT.items()))

    assert version_of(tmp_path / "a", FUNCTION_AGENT) == version_of(tmp_path / "b", reordered)


def test_the_version_does_not_change_between_releases(tmp_path: Path) -> None:
    expected = "6372b062b94bf209711b038dc8e867baac4b2cdf7108adce4fc028fe111746ad"

    assert version_of(tmp_path, {"agent.py": "goal = 1\n", "nodes/__init__.py": ""}) == expected


@pytest.mark.parametrize("path", ["data/words.txt", "prompts.md", "helpers.py", "mcp_servers.json"])
def test_every_other_file_counts(tmp_path: Path, path: str) -> None:
    assert version_of(tmp_path / "a", FUNCTION_AGENT) != version_of(
        tmp_path / "b", FUNCTION_AGENT | {path: "x"}
    )


@pytest.mark.parametrize(
    "path",
    [
        "agent.json",
        "README.md",
        "README",
        "tests/test_a.py",
        "__pycache__/a.pyc",
        ".env",
        ".git/HEAD",
        "LICENSE",
    ],
)
def test_documents_tests_caches_and_hidden_files_do_not_count(tmp_path: Path, path: str) -> None:
    assert version_of(tmp_path / "a", FUNCTION_AGENT) == version_of(
        tmp_path / "b", FUNCTION_AGENT | {path: "x"}
    )


def test_a_moved_file_changes_the_version(tmp_path: Path) -> None:
    first = version_of(tmp_path / "a", {"agent.py": "", "one.py": "x"})

    assert first != version_of(tmp_path / "b", {"agent.py": "", "two.py": "x"})


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT)
    unreadable = folder / "functions.py"
    unreadable.unlink()
    unreadable.symlink_to(
        "/proc/self/mem"
    )  # It opens, and its first byte is no memory: for the superuser, too.

    with pytest.raises(PackageError, match="cannot be read: Input/output error") as caught:
        read_manifest(folder)
    assert f"({unreadable})" in str(caught.value)


def test_discovery_finds_the_packages_of_a_folder_by_name(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    for name in ("zebra", "ant"):
        write_package(tmp_path, name, FUNCTION_AGENT)

    assert [path.name for path in discover(tmp_path)] == ["ant", "zebra"]
    assert discover(tmp_path / "nowhere") == []
