"""The figures: counted from the commits, never by a model."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from .config import MOST_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .history import Change, Commit

_PREFIX = re.compile(r"([A-Za-z]+)(?:\([^)]*\))?!?:")
_WORD = re.compile(r"[^\W\d_]+")
_WHOLE = 100


def share(part: int, whole: int) -> int:
    """Return a share in whole percent."""
    return round(_WHOLE * part / whole) if whole else 0


def overview(commits: Sequence[Commit]) -> dict[str, Any]:
    """Return the size and the time of a history, and its commits by month."""
    days = sorted(commit.day for commit in commits)
    months = Counter(day[:7] for day in days)
    return {
        "commits": len(commits),
        "merges": sum(commit.is_merge for commit in commits),
        "people": len({commit.email for commit in commits}),
        "first_day": days[0] if days else "",
        "last_day": days[-1] if days else "",
        "months": [{"month": month, "commits": months[month]} for month in sorted(months)[-MOST_SHOWN:]],
    }


def contributors(commits: Sequence[Commit]) -> list[dict[str, Any]]:
    """Return who made the commits, the busiest first; one address is one person, by the newest name."""
    by_email: dict[str, list[Commit]] = defaultdict(list)
    for commit in commits:
        by_email[commit.email].append(commit)
    rows = [_contributor(own, len(commits)) for own in by_email.values()]
    return sorted(rows, key=lambda row: (-row["commits"], row["name"]))[:MOST_SHOWN]


def hot_files(commits: Sequence[Commit]) -> list[dict[str, Any]]:
    """Return the files changed most often, under the names they have now."""
    found: dict[str, list[tuple[Commit, Change]]] = defaultdict(list)
    for path, commit, change in _followed(commits):
        found[path].append((commit, change))
    rows = [_file(path, changes) for path, changes in found.items()]
    return sorted(rows, key=lambda row: (-row["changes"], -row["lines"], row["path"]))[:MOST_SHOWN]


def themes(commits: Sequence[Commit]) -> dict[str, list[dict[str, Any]]]:
    """Return what the changes were about: kinds, by the first word of a subject, and areas, by folder."""
    own = [commit for commit in commits if not commit.is_merge]
    kinds = Counter(kind for commit in own if (kind := kind_of(commit.subject)))
    areas = Counter(area for commit in own for area in {area_of(change.path) for change in commit.changes})
    return {
        "kinds": [_counted("kind", *item, len(own)) for item in _most(kinds)],
        "areas": [_counted("area", *item, len(own)) for item in _most(areas)],
    }


def kind_of(subject: str) -> str:
    """Return the kind of a change: its conventional prefix (``fix: ...``), else the first word."""
    prefix = _PREFIX.match(subject)
    word = prefix[1] if prefix else next(iter(_WORD.findall(subject)), "")
    return word.lower()


def area_of(path: str) -> str:
    """Return the area of a file: the first folder of its path."""
    folder, slash, _ = path.partition("/")
    return f"{folder}/" if slash else "(top folder)"


def _followed(commits: Iterable[Commit]) -> Iterator[tuple[str, Commit, Change]]:
    """Yield changes with the name their file has now: newest first, so its later names are known."""
    now: dict[str, str] = {}
    for commit in commits:
        renamed = {
            change.before: now.get(change.path, change.path) for change in commit.changes if change.before
        }
        for change in commit.changes:
            yield now.get(change.path, change.path), commit, change
        now.update(renamed)


def _contributor(own: Sequence[Commit], whole: int) -> dict[str, Any]:
    days = sorted(commit.day for commit in own)
    return {
        "name": own[0].author,
        "commits": len(own),
        "share": share(len(own), whole),
        "added": sum(change.added for commit in own for change in commit.changes),
        "deleted": sum(change.deleted for commit in own for change in commit.changes),
        "first_day": days[0],
        "last_day": days[-1],
    }


def _file(path: str, changes: Sequence[tuple[Commit, Change]]) -> dict[str, Any]:
    return {
        "path": path,
        "changes": len(changes),
        "people": len({commit.email for commit, _ in changes}),
        "lines": sum(change.added + change.deleted for _, change in changes),
    }


def _counted(name: str, value: str, count: int, whole: int) -> dict[str, Any]:
    return {name: value, "commits": count, "share": share(count, whole)}


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_SHOWN]
