"""Search by the Brave service, with a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hive.toolbox.search.base import RowKeys, SearchResult, results_of
from hive.toolbox.search.service import Question, answer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_ADDRESS = "https://api.search.brave.com/res/v1/web/search"
_MAX_COUNT = 20


class BraveSearch:
    """Asks api.search.brave.com."""

    def __init__(self, key: str, *, timeout_s: float, address: str = _ADDRESS) -> None:
        """Search with ``key``."""
        self._key = key
        self._timeout_s = timeout_s
        self._address = address

    async def search(self, query: str, limit: int) -> Sequence[SearchResult]:
        """Return up to ``limit`` results, best first; the service gives at most 20."""
        question = Question(
            service="Brave search",
            url=self._address,
            parameters={"q": query, "count": str(min(limit, _MAX_COUNT))},
            headers={"X-Subscription-Token": self._key},
            refusal_advice="the operator should check BRAVE_API_KEY",
        )
        answer = await answer_of(question, self._timeout_s)
        web = answer.get("web")
        rows = cast("dict[str, object]", web).get("results") if isinstance(web, dict) else None
        return results_of(rows, RowKeys(snippet="description"), limit)
