"""Search without a key, by the library ``ddgs``, which asks several public services.

These services owe nobody an answer: they may slow down, refuse or change at any
time. Configure SearXNG or Brave where searches must work.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from framework.errors import ToolError
from framework.tools.threads import run_in_thread
from hive.toolbox.search.base import RowKeys, SearchResult, results_of

if TYPE_CHECKING:
    from collections.abc import Sequence

AskLibrary = Callable[[str, int, float], object]
"""Takes a query, a limit and seconds; gives the rows of the library."""

_NOTHING_FOUND = "No results found"
_MAX_REASON_CHARS = 200


def ask_ddgs(query: str, limit: int, timeout_s: float) -> object:
    """Return the rows of the library for ``query``; blocks.

    Raises:
        ToolError: if the library is missing or no service answers it.
    """
    try:
        from ddgs.ddgs import DDGS  # noqa: PLC0415  (optional, and dear to load)
        from ddgs.exceptions import DDGSException  # noqa: PLC0415  (it is optional)
    except ImportError as error:
        raise ToolError("Searching without a key needs ddgs; install 'hive-agents[toolbox]'.") from error
    try:
        return DDGS(timeout=math.ceil(timeout_s)).text(query, max_results=limit)
    except DDGSException as error:
        if _NOTHING_FOUND in str(error):
            return []
        raise ToolError(
            f"No search service answered ({str(error)[:_MAX_REASON_CHARS]}); try again later, or configure "
            "HIVE_SEARXNG_URL or BRAVE_API_KEY."
        ) from error


class DdgsSearch:
    """Asks the library in a thread."""

    def __init__(self, *, timeout_s: float, ask: AskLibrary = ask_ddgs) -> None:
        """Give up after ``timeout_s`` seconds; the thread of a search given up ends on its own."""
        self._timeout_s = timeout_s
        self._ask = ask

    async def search(self, query: str, limit: int) -> Sequence[SearchResult]:
        """Return up to ``limit`` results, best first."""
        try:
            async with asyncio.timeout(self._timeout_s):
                rows = await run_in_thread(self._ask, query, limit, self._timeout_s)
        except TimeoutError as error:
            raise ToolError(
                f"The search did not end within {self._timeout_s:g} s; try again later, or configure "
                "HIVE_SEARXNG_URL or BRAVE_API_KEY."
            ) from error
        return results_of(rows, RowKeys(url="href", snippet="body"), limit)
