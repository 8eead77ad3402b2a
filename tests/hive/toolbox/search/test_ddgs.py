from __future__ import annotations

import asyncio
import threading

import pytest

from framework.errors import ToolError
from hive.toolbox.search.base import SearchResult
from hive.toolbox.search.ddgs import DdgsSearch
from tests.support.web_site import serving_site


async def test_the_rows_of_the_library_become_results() -> None:
    asked: list[tuple[str, int, float]] = []

    def ask(query: str, limit: int, timeout_s: float) -> object:
        asked.append((query, limit, timeout_s))
        return [{"title": "T", "href": "https://a.example/", "body": "S"}, {"title": "no address"}]

    results = await DdgsSearch(timeout_s=5, ask=ask).search("x", 7)

    assert list(results) == [SearchResult(title="T", url="https://a.example/", snippet="S")]
    assert asked == [("x", 7, 5)]


async def test_a_library_that_hangs_is_given_up_and_blocks_nothing() -> None:
    release = threading.Event()

    def hang(query: str, limit: int, timeout_s: float) -> object:
        release.wait(5)
        return []

    search = asyncio.create_task(DdgsSearch(timeout_s=0.2, ask=hang).search("x", 7))
    with pytest.raises(ToolError, match=r"did not end within 0\.2 s"):
        await asyncio.wait_for(search, 3)
    release.set()


# The real library, whose every connection goes to a proxy on this machine that refuses it.
async def test_the_library_without_any_service_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving_site() as proxy:
        monkeypatch.setenv("DDGS_PROXY", proxy.base)
        with pytest.raises(ToolError, match=r"No search service answered|did not end within"):
            await DdgsSearch(timeout_s=4).search("anything", 3)

    assert proxy.connections > 0
