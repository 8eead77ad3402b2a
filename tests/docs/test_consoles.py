"""Every console block of the documentation does what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from hive.cli.main import hive
from tests.support.consoles import agrees, commands, follow
from tests.support.pages import Page, pages

if TYPE_CHECKING:
    from pathlib import Path

WITH_CONSOLE = [page for page in pages() if any(block.language == "console" for block in page.blocks())]


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in WITH_CONSOLE])
def test_page_can_be_followed(page: Page, tmp_path: Path) -> None:
    complaints = follow(page, tmp_path)

    assert not complaints, "\n".join(complaints)


def test_agents_are_written_along_the_pages() -> None:
    assert len(WITH_CONSOLE) > 3


@pytest.mark.parametrize(
    ("shown", "said", "expected"),
    [
        ([], "anything\n", True),
        (["one"], "one\n", True),
        (["one"], "two\n", False),
        (["one"], "one\ntwo\n", False),
        (["run ... done"], "run 17 done\n", True),
        (["one", "...", "four"], "one\ntwo\nthree\nfour\n", True),
        (["one", "...", "four"], "one\nfour\n", True),
        (["one", "..."], "two\n", False),
    ],
)
def test_output_is_compared(shown: list[str], said: str, expected: bool) -> None:
    assert agrees(shown, said) is expected


def test_block_begins_with_a_command() -> None:
    with pytest.raises(ValueError, match="begins with a prompt"):
        commands("output\n$ command\n")


def test_failing_command_is_reported(tmp_path: Path) -> None:
    page = Page(path=tmp_path / "page.md", text="```console\n$ false\n```\n")

    assert follow(page, tmp_path) == ["$ false\n(exit code 1)\n"]


def test_failing_command_may_be_told(tmp_path: Path) -> None:
    page = Page(path=tmp_path / "page.md", text="```console\n$ false\n$ echo $?\n1\n```\n")

    assert follow(page, tmp_path) == []


def hive_lines() -> list[str]:
    blocks = [block for page in pages() for block in page.blocks() if block.language == "sh"]
    lines = [line.split(" #")[0].strip() for block in blocks for line in block.text.splitlines()]
    return [
        line[line.index("hive ") :] for line in lines if " hive " in f" {line}" and "git clone" not in line
    ]


@pytest.mark.parametrize("line", hive_lines())
def test_commands_that_are_only_shown_exist(line: str) -> None:
    _, *words = line.split()
    command: click.Command = hive
    context = click.Context(hive, info_name="hive")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words.pop(0))
        assert found is not None
        command = found
    known = {option for parameter in command.params for option in parameter.opts} | {"-h", "--help"}

    assert {word.split("=")[0] for word in words if word.startswith("-") and len(word) > 1} <= known
