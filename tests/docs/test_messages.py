"""The messages that troubleshooting quotes are those the program says, and the targets it names exist."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.support.pages import ROOT, page, pages

QUOTED = re.compile(r"`([^`]* [^`]*)`")
VARIABLE = re.compile(r"\.\.\.|'[\w.\[\]-]+'|\b[nNRMT]\b|\bPACKAGE\b|\b\d\b|\b[A-Z]+/[A-Z]+\b")
SHORTEST = 6


def quoted_fragments() -> list[str]:
    """Return the fixed parts of the messages in the first column of the tables."""
    rows = [
        line.split("|")[1]
        for line in page(ROOT / "docs" / "troubleshooting.md").text.splitlines()
        if "|" in line
    ]
    messages = [message for row in rows for message in QUOTED.findall(row)]
    parts = [part.strip(" ,.;:()") for message in messages for part in VARIABLE.split(message)]
    return sorted({part for part in parts if len(part) >= SHORTEST})


@cache
def said() -> str:
    """Return every text in the code, with a mark where a value is filled in."""
    files = sorted((ROOT / "src").rglob("*.py"))
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    return "\n".join(text for node in nodes if (text := text_of(node)))


def text_of(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "\0" for part in node.values)
    return ""


@pytest.mark.parametrize("fragment", quoted_fragments())
def test_message_is_said(fragment: str) -> None:
    assert fragment in said(), "nothing in the code says this"


def test_messages_are_quoted() -> None:
    assert len(quoted_fragments()) > 20


def test_named_make_targets_exist() -> None:
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        target for each in pages() for target in re.findall(r"(?:^|`)make ([a-z-]+)", each.text, re.MULTILINE)
    }

    assert named
    assert named <= made
