"""What every search service gives, whatever it is asked by."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAX_TITLE_CHARS = 300
_MAX_URL_CHARS = 2000
_MAX_SNIPPET_CHARS = 1000
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """One page that a search found."""

    title: str
    url: str
    snippet: str


class SearchService(Protocol):
    """Finds pages."""

    async def search(self, query: str, limit: int) -> Sequence[SearchResult]:
        """Return up to ``limit`` results, best first.

        Raises:
            ToolError: if the service cannot be used now; the sentence says why.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKeys:
    """Under which keys a service names the parts of a result."""

    title: str = "title"
    url: str = "url"
    snippet: str = "content"


def results_of(rows: object, keys: RowKeys, limit: int) -> list[SearchResult]:
    """Return the usable ones of the rows a service sent, as plain bounded text, each URL once."""
    if not isinstance(rows, list):
        return []
    found: dict[str, SearchResult] = {}
    for row in cast("Iterable[object]", rows):
        result = _result(row, keys)
        if result is not None:
            found.setdefault(result.url, result)
    return list(found.values())[:limit]


def _result(row: object, keys: RowKeys) -> SearchResult | None:
    if not isinstance(row, dict):
        return None
    fields = cast("dict[str, object]", row)
    url = fields.get(keys.url)
    if not isinstance(url, str) or not url.lower().startswith(("http://", "https://")):
        return None
    if len(url) > _MAX_URL_CHARS or not url.isprintable():
        return None
    return SearchResult(
        title=_plain(fields.get(keys.title), _MAX_TITLE_CHARS) or url,
        url=url,
        snippet=_plain(fields.get(keys.snippet), _MAX_SNIPPET_CHARS),
    )


def _plain(value: object, max_chars: int) -> str:
    """Return text without markup on one line."""
    if not isinstance(value, str):
        return ""
    text = html.unescape(_TAG.sub("", value[: 4 * max_chars]))
    return " ".join(text.split())[:max_chars]
