"""The documentation as data: its pages, their code blocks, links, headings and tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r'^```(\w*)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(((?!https?:|mailto:)[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINKED_TEXT = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block; ``title`` is the file it stands for, when it stands for one."""

    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One Markdown file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Its path in the repository."""
        return self.path.relative_to(ROOT).as_posix()

    def blocks(self) -> list[Block]:
        """Return the fenced blocks in order."""
        return [
            Block(language=language, title=title, text=text)
            for language, title, text in _FENCE.findall(self.text)
        ]

    def prose(self) -> str:
        """Return the page without its fenced blocks."""
        return _FENCE.sub("", self.text)

    def links(self) -> list[str]:
        """Return the targets of the links to other places in the repository."""
        return _LINK.findall(self.prose())

    def anchors(self) -> set[str]:
        """Return the anchors of the headings, as a Markdown viewer makes them."""
        return {_anchor(title) for title in _HEADING.findall(self.prose())}


def _anchor(title: str) -> str:
    shown = _LINKED_TEXT.sub(r"\1", title).lower()
    return re.sub(r"[^\w\- ]", "", shown).strip().replace(" ", "-")


@lru_cache
def page(path: Path) -> Page:
    return Page(path=path, text=path.read_text(encoding="utf-8"))


def pages() -> list[Page]:
    """Return the README and every page below ``docs``."""
    return [page(path) for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))]


def table_after(text: str, mark: str) -> list[list[str]]:
    """Return the cells of the first table after ``mark``, row by row, without its two head lines."""
    lines = iter(text[text.index(mark) :].splitlines())
    rows = list(_rows(lines))
    return rows[2:]


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    is_inside = False
    for line in lines:
        if line.startswith("|"):
            is_inside = True
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            yield [cell.strip().replace("\\|", "|") for cell in cells]
        elif is_inside:
            return
