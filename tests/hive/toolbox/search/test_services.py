"""What every search service must do, whichever it is asked by."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from framework.errors import ToolError
from hive.toolbox.search.base import SearchResult, SearchService
from hive.toolbox.search.brave import BraveSearch
from hive.toolbox.search.searxng import SearxngSearch
from tests.support.web_site import WebSite, serving_site

KEY = "brave-key-0123456789"
FOUND = [
    {"title": f"<b>T{n}</b>", "url": f"https://a.example/{n}", "description": "S", "content": "S"}
    for n in range(30)
]

Make = Callable[[WebSite], SearchService]


def brave(site: WebSite) -> SearchService:
    return BraveSearch(KEY, timeout_s=0.5, address=f"{site.base}/search")


def searxng(site: WebSite) -> SearchService:
    return SearxngSearch(site.base, timeout_s=0.5)


def answer(rows: object) -> str:
    return json.dumps({"web": {"results": rows}, "results": rows})


@pytest.fixture(params=[brave, searxng])
def make(request: pytest.FixtureRequest) -> Make:
    return request.param


async def test_results_come_in_order_and_no_more_than_asked(make: Make) -> None:
    async with serving_site() as site:
        site.page("/search", answer(FOUND), "application/json")
        results = await make(site).search("two words & more", 3)

    assert list(results) == [
        SearchResult(title=f"T{n}", url=f"https://a.example/{n}", snippet="S") for n in range(3)
    ]
    assert "q=two+words+%26+more" in site.heads[0].split("\r\n")[0]


@pytest.mark.parametrize(
    "body", [answer([]), answer(None), "{}", '{"web": []}', '{"web": null, "results": 3}']
)
async def test_nothing_found_is_no_error(make: Make, body: str) -> None:
    async with serving_site() as site:
        site.page("/search", body, "application/json")
        assert list(await make(site).search("x", 3)) == []


@pytest.mark.parametrize("body", ["", "no json", "[1]", "null", "<html>", "[" * 100_000, "{" + "x" * 1000])
async def test_an_answer_that_is_no_object_is_an_error(make: Make, body: str) -> None:
    async with serving_site() as site:
        site.page("/search", body, "application/json")
        with pytest.raises(ToolError, match="something else than results"):
            await make(site).search("x", 3)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "refused the search"),
        (403, "the operator should"),
        (429, "no more searches"),
        (500, "status 500"),
        (302, "status 302"),
    ],
)
async def test_a_failing_service_is_told_without_the_key(make: Make, status: int, message: str) -> None:
    async with serving_site() as site:
        site.answer("/search", status, KEY, Location="http://127.0.0.1:1/")
        with pytest.raises(ToolError, match=message) as caught:
            await make(site).search("x", 3)

    assert KEY not in str(caught.value)


async def test_a_service_that_is_too_slow_is_given_up(make: Make) -> None:
    async with serving_site() as site:
        site.page("/search", " " * 1000, "application/json")
        site.drip_s = 0.1
        with pytest.raises(ToolError, match=r"did not answer within 0\.5 s"):
            await make(site).search("x", 3)


async def test_a_service_that_is_not_there_is_told(make: Make) -> None:
    async with serving_site() as site:
        service = make(site)
    with pytest.raises(ToolError, match=r"could not be reached \(ConnectError\)"):
        await service.search("x", 3)


async def test_an_endless_answer_ends(make: Make) -> None:
    async with serving_site() as site:
        site.page("/search", "[", "application/json")
        site.endless = b"1," * 50_000
        with pytest.raises(ToolError, match=r"something else than results|did not answer"):
            await make(site).search("x", 3)


async def test_brave_gets_the_key_in_a_header_and_at_most_20(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with serving_site() as site:
        site.page("/search", answer(FOUND), "application/json")
        await brave(site).search("x", 50)

    line, head = site.heads[0].lower().split("\r\n", 1)
    assert f"x-subscription-token: {KEY}" in head
    assert "count=20" in line
    assert KEY not in caplog.text


async def test_searxng_is_asked_for_json() -> None:
    async with serving_site() as site:
        site.page("/search", answer([]), "application/json")
        await searxng(site).search("x", 5)

    assert "format=json" in site.heads[0]
