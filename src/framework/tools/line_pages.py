"""Long text as pages of lines, each page with a first line that says how to continue."""

from __future__ import annotations

from dataclasses import dataclass

FOLD_CHARS = 500
"""Longer lines are folded when read, so that no page of lines is huge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some lines of a text; ``total`` counts all its lines, a folded one by its parts."""

    lines: tuple[str, ...]
    offset: int
    total: int

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins; None after the last."""
        end = self.offset + len(self.lines)
        return end if end < self.total else None

    def shown_as(self, name: str) -> str:
        """Return the lines below a line that names what they are of and how to continue."""
        return "\n".join([self._header(name), *self.lines])

    def _header(self, name: str) -> str:
        if not self.lines:
            return f"{name!r} has {self.total} lines; none at offset={self.offset}."
        last = self.offset + len(self.lines)
        header = f"{name!r}, lines {self.offset + 1}-{last} of {self.total}"
        if any(len(line) == FOLD_CHARS for line in self.lines):
            header += f" (longer lines are folded at {FOLD_CHARS} characters)"
        if self.next_offset is None:
            return f"{header}; this is the end."
        return f"{header}; continue with offset={self.next_offset}."


def page_of(text: str, *, offset: int, limit: int, max_chars: int) -> Page:
    """Return up to ``limit`` lines from ``offset`` on, as many as fit ``max_chars`` but at least one."""
    lines = _folded(text)
    shown = _fitting(lines[offset : offset + limit], max_chars)
    return Page(lines=tuple(shown), offset=offset, total=len(lines))


def _folded(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if len(text) <= FOLD_CHARS:
        return lines
    return [part for line in lines for part in _parts(line)]


def _parts(line: str) -> list[str]:
    if len(line) <= FOLD_CHARS:
        return [line]
    return [line[start : start + FOLD_CHARS] for start in range(0, len(line), FOLD_CHARS)]


def _fitting(lines: list[str], max_chars: int) -> list[str]:
    size = 0
    for index, line in enumerate(lines):
        size += len(line) + 1
        if size > max_chars and index > 0:
            return lines[:index]
    return lines
