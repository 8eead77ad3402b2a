"""Search by a SearXNG service of the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hive.toolbox.search.base import RowKeys, SearchResult, results_of
from hive.toolbox.search.service import Question, answer_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class SearxngSearch:
    """Asks a SearXNG service whose settings allow the format ``json``."""

    def __init__(self, address: str, *, timeout_s: float) -> None:
        """Search at ``address``, without its ``/search``."""
        self._address = address
        self._timeout_s = timeout_s

    async def search(self, query: str, limit: int) -> Sequence[SearchResult]:
        """Return up to ``limit`` results, best first; the service gives one page of them."""
        question = Question(
            service="SearXNG",
            url=f"{self._address}/search",
            parameters={"q": query, "format": "json"},
            refusal_advice="the operator should allow the format 'json' in its settings (search: formats)",
        )
        answer = await answer_of(question, self._timeout_s)
        return results_of(answer.get("results"), RowKeys(), limit)
