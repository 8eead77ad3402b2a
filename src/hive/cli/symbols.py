"""The signs a terminal shows: Unicode where it can, plain letters where it cannot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """One set of signs, each one column wide; ``spinner`` turns while a node works."""

    waiting: str
    spinner: str
    retrying: str
    done: str
    failed: str
    bullet: str
    arrow: str
    bar: str


UNICODE = Symbols(
    waiting="○",
    spinner="⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
    retrying="↻",
    done="●",
    failed="✗",
    bullet="·",
    arrow="→",
    bar="│",
)
ASCII = Symbols(
    waiting=".", spinner="|/-\\", retrying="~", done="*", failed="x", bullet="-", arrow=">", bar="|"
)


def symbols_for(encoding: str | None) -> Symbols:
    """Return the signs that text in ``encoding`` can hold."""
    signs = (UNICODE.waiting, UNICODE.spinner, UNICODE.retrying, UNICODE.done, UNICODE.failed, UNICODE.bar)
    try:
        "".join((*signs, UNICODE.bullet, UNICODE.arrow)).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
