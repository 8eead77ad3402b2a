"""The history of a repository: commits with the files they changed, newest first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from framework.errors import InputError

from .config import MOST_BYTES, MOST_CHANGES
from .git import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .git import Answer

_FIELDS = ("%H", "%P", "%aN", "%aE", "%at", "%s")
_FORMAT = "--format=" + "%x00".join(_FIELDS)
_LOG = (
    "log", "-z", "--numstat", "--find-renames", "--diff-merges=off", "--no-ext-diff", "--no-textconv",
    "--no-color", _FORMAT,
)  # fmt: skip
_HASH = re.compile(r"[0-9a-f]{40,64}")
_CHANGE = re.compile(r"(\d+|-)\t(\d+|-)\t(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a commit did to a file; ``before`` is its old name if it was renamed."""

    path: str
    before: str = ""
    added: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit; ``day`` is that of its author, in UTC."""

    author: str
    email: str
    day: str
    subject: str
    is_merge: bool = False
    changes: list[Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which part of the history is read.

    Attributes:
        revisions: a branch, tag or range such as ``v1.0..main``; empty means where the repository stands.
        since: first day, as ``2026-01-31``; empty means from the beginning.
        limit: commits at the most.
    """

    revisions: str
    since: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was read of a repository; ``is_cut`` if there was more than was read."""

    name: str
    head: str
    is_cut: bool
    commits: list[Commit]


async def read_history(folder: Path, selection: Selection) -> History:
    """Return the part of a repository's history that is selected.

    Raises:
        InputError: if there is no repository, or it lacks what is selected.
    """
    _check(selection)
    repository = Repository(_existing(folder))
    top = await _top(repository, folder)
    head = _line(await repository.ask("symbolic-ref", "--short", "-q", "HEAD")) or "no branch"
    if not selection.revisions and not await _has_commits(repository):
        return History(name=top.name, head=head, is_cut=False, commits=[])
    answer = await repository.ask(*_arguments(selection), most_bytes=MOST_BYTES)
    if answer.code:
        raise InputError(
            f"The history of {str(folder)!r} cannot be read: {answer.error}. Name another range."
        )
    commits, is_cut = parse(answer.output, is_cut=answer.is_cut)
    is_shallow = _line(await repository.ask("rev-parse", "--is-shallow-repository")) == "true"
    more = is_cut or is_shallow or len(commits) > selection.limit
    return History(name=top.name, head=head, is_cut=more, commits=commits[: selection.limit])


def parse(output: bytes, *, is_cut: bool = False) -> tuple[list[Commit], bool]:
    """Return the commits of a log in our format, and whether some were left out.

    Args:
        output: what git printed, fields parted by NUL.
        is_cut: whether the output ends anywhere; its last commit is then left out.
    """
    tokens = output.decode("utf-8", "replace").split("\0")
    starts = list(_starts(tokens))
    bounds = starts if is_cut else [*starts, len(tokens)]
    commits: list[Commit] = []
    room = MOST_CHANGES
    for start, end in pairwise(bounds):
        commit = _commit(tokens[start:end])
        room -= len(commit.changes)
        if room < 0:
            return commits, True
        commits.append(commit)
    return commits, is_cut


def _starts(tokens: list[str]) -> Iterator[int]:
    """Yield where commits begin: a hash stands where a change or the next commit could."""
    position = 0
    while position + len(_FIELDS) <= len(tokens) and _HASH.fullmatch(tokens[position]):
        yield position
        position += len(_FIELDS)
        while position < len(tokens) and (match := _change(tokens[position])):
            position += 1 if match[3] else 3  # a renamed file: its old and its new name follow


def _change(token: str) -> re.Match[str] | None:
    return _CHANGE.fullmatch(token.removeprefix("\n"))


def _commit(tokens: list[str]) -> Commit:
    _, parents, author, email, seconds, subject = tokens[: len(_FIELDS)]
    return Commit(
        author=author,
        email=email.lower(),
        day=_day(int(seconds)),
        subject=subject,
        is_merge=len(parents.split()) > 1,
        changes=list(_changes(tokens[len(_FIELDS) :])),
    )


def _changes(tokens: list[str]) -> Iterator[Change]:
    rest = iter(tokens)
    for token in rest:
        match = _change(token)
        if match is None:
            continue
        before, path = ("", match[3]) if match[3] else (next(rest, ""), next(rest, ""))
        yield Change(path=path, before=before, added=_lines(match[1]), deleted=_lines(match[2]))


def _lines(text: str) -> int:
    return 0 if text == "-" else int(text)


def _day(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):  # a date nobody could have meant
        return date.min.isoformat()


def _arguments(selection: Selection) -> list[str]:
    chosen = [f"--max-count={selection.limit + 1}"]
    if selection.since:
        chosen.append(f"--since={selection.since}T00:00:00Z")
    return [*_LOG, *chosen, "--end-of-options", selection.revisions or "HEAD", "--"]


def _check(selection: Selection) -> None:
    if selection.revisions.startswith("-") or "\0" in selection.revisions:
        raise InputError(f"{selection.revisions!r} is no range of commits; name one such as 'v1.0..main'.")
    if not selection.since:
        return
    try:
        date.fromisoformat(selection.since)
    except ValueError as error:
        raise InputError(f"{selection.since!r} is no day; write it as 2026-01-31.") from error


def _existing(folder: Path) -> Path:
    try:
        if folder.is_dir():
            return folder
    except (OSError, ValueError) as error:
        raise InputError(f"{str(folder)!r} cannot be read: {error}.") from error
    raise InputError(f"There is no folder {str(folder)!r}; give the path of a git repository.")


async def _top(repository: Repository, folder: Path) -> Path:
    """Return the folder of the whole repository."""
    answer = await repository.ask("rev-parse", "--absolute-git-dir")
    if answer.code:
        raise InputError(
            f"{str(folder)!r} is no git repository that can be read: {answer.error or 'no reason given'}."
        )
    tree = _line(await repository.ask("rev-parse", "--show-toplevel"))
    return Path(tree) if tree else Path(_line(answer))


async def _has_commits(repository: Repository) -> bool:
    return (await repository.ask("rev-parse", "--verify", "-q", "HEAD")).code == 0


def _line(answer: Answer) -> str:
    return "" if answer.code else answer.output.decode("utf-8", "replace").rstrip("\n")
