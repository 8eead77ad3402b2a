from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

from framework.errors import ToolError
from hive.toolbox.addresses import parse_allowed
from hive.toolbox.fetch import Fetcher, FetchLimits
from hive.toolbox.fetch_guard import FetchGuard
from tests.support.lying_dns import lying_dns
from tests.support.tls import authority_for
from tests.support.web_site import WebSite, serving_site

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from hive.toolbox.fetch_guard import Resolver


async def nowhere(host: str) -> Sequence[str]:
    raise OSError("nobody should ask")


def fetcher(
    allowed: str = "127.0.0.1",
    resolve: Resolver = nowhere,
    tls: ssl.SSLContext | None = None,
    *,
    deadline_s: float = 5.0,
    max_bytes: int = 100_000,
) -> Fetcher:
    limits = FetchLimits(deadline_s=deadline_s, max_bytes=max_bytes)
    return Fetcher(FetchGuard(parse_allowed(allowed), resolve), limits, tls)


def always(*addresses: str) -> Resolver:
    async def resolve(host: str) -> Sequence[str]:
        return addresses

    return resolve


async def test_a_page_is_fetched_by_its_checked_address_under_its_own_name() -> None:
    async with serving_site() as site:
        site.page("/a", "hello", "text/plain; charset=utf-8")
        fetched = await fetcher(resolve=always("127.0.0.1")).get(f"http://Page.Example:{site.port}/a?b=c#d")

    assert (fetched.body, fetched.is_cut) == (b"hello", False)
    assert fetched.url == f"http://page.example:{site.port}/a?b=c"
    assert fetched.content_type == "text/plain; charset=utf-8"
    assert site.heads[0].startswith("GET /a?b=c HTTP/1.1\r\n")
    assert f"host: page.example:{site.port}\r\n" in site.heads[0].lower()


async def test_a_name_that_is_rebound_leads_to_the_checked_address_only() -> None:
    async with (
        lying_dns() as dns,
        serving_site("127.0.0.2") as public,
        serving_site("127.0.0.1", public.port) as victim,
    ):
        public.page("/", "public")
        victim.page("/", "secret")
        dns.answers["rebind.example"] = [["127.0.0.2"], ["127.0.0.1"]]
        fetch = fetcher("127.0.0.2", dns.resolve)

        assert (await fetch.get(f"http://rebind.example:{public.port}/")).body == b"public"
        assert dns.asked == ["rebind.example"], "the name is resolved once, when it is checked"
        with pytest.raises(ToolError, match="refused"):
            await fetch.get(f"http://rebind.example:{public.port}/")

    assert (public.connections, victim.connections) == (1, 0)


async def test_a_public_answer_is_what_is_connected_to() -> None:
    async with lying_dns() as dns, serving_site() as victim:
        victim.page("/", "secret")
        dns.answers["rebind.example"] = [["93.184.216.34"], ["127.0.0.1"]]
        with pytest.raises(ExceptionGroup) as caught:  # the tests' own guard of the network stops it
            await fetcher("10.0.0.0/8", dns.resolve).get(f"http://rebind.example:{victim.port}/")

    assert [str(error).split(" (")[0] for error in caught.value.exceptions] == [
        "A test reached for '93.184.216.34'"
    ]
    assert (dns.asked, victim.connections) == (["rebind.example"], 0)


async def test_a_redirect_to_a_rebound_name_is_checked_again() -> None:
    async with (
        lying_dns() as dns,
        serving_site("127.0.0.2") as public,
        serving_site("127.0.0.1", public.port) as victim,
    ):
        public.redirect("/", "/again")
        victim.page("/again", "secret")
        dns.answers["rebind.example"] = [["127.0.0.2"], ["127.0.0.1"]]
        with pytest.raises(ToolError, match="refused"):
            await fetcher("127.0.0.2", dns.resolve).get(f"http://rebind.example:{public.port}/")

    assert (public.connections, victim.connections) == (1, 0)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.3:{port}/",
        "//127.0.0.3:{port}/",
        "http://0.0.0.0:{port}/",
        "http://[::1]:{port}/",
        "http://2130706433:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://user:pass@127.0.0.1:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "http://[",
        "http://127.0.0.1:22/",
        "javascript:alert(1)",
    ],
)
@pytest.mark.parametrize("status", [301, 307])
async def test_a_redirect_to_what_is_refused_is_not_followed(location: str, status: int) -> None:
    async with serving_site() as site:
        site.redirect("/", location.format(port=site.port), status)
        with pytest.raises(ToolError, match=r"refused|could not be read"):
            await fetcher().get(f"{site.base}/")

    assert site.connections == 1


async def test_redirects_are_followed_up_to_five() -> None:
    async with serving_site() as site:
        for number in range(9):
            site.redirect(f"/{number}", f"{number + 1}" if number % 2 else f"{site.base}/{number + 1}")
        site.page("/9", "end")
        assert (await fetcher().get(f"{site.base}/4")).url == f"{site.base}/9"
        assert site.connections == 6
        with pytest.raises(ToolError, match="redirects more than 5 times"):
            await fetcher().get(f"{site.base}/3")


async def test_a_redirect_loop_ends() -> None:
    async with serving_site() as site:
        site.redirect("/", "/")
        with pytest.raises(ToolError, match="redirects more than 5 times"):
            await fetcher().get(site.base)

    assert site.connections == 6


async def test_no_cookie_is_carried_along() -> None:
    async with serving_site() as site:
        site.answer("/", 302, Location="/next", Set_Cookie="session=1; Path=/")
        site.page("/next", "x")
        await fetcher().get(site.base)

    assert not any("cookie" in head.lower() for head in site.heads)


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving_site() as site, serving_site() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.base)
        site.page("/", "direct")
        assert (await fetcher().get(site.base)).body == b"direct"

    assert proxy.connections == 0


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async with serving_site("127.0.0.2") as site:
        site.page("/", "x")
        resolve = always("127.0.0.4", "127.0.0.2")
        fetched = await fetcher("127.0.0.0/8", resolve).get(f"http://two.example:{site.port}/")

    assert fetched.body == b"x"


async def test_a_server_that_is_not_there_is_named() -> None:
    async with serving_site() as site:
        pass
    with pytest.raises(ToolError, match=r"'127\.0\.0\.1' could not be read \(ConnectError\)"):
        await fetcher().get(site.base)


async def test_a_name_with_several_broken_servers_is_a_refusal() -> None:
    async with serving_site("127.0.0.2") as site:
        site.answers["/"] = b"nonsense\r\n\r\n"
        with pytest.raises(ToolError, match="RemoteProtocolError"):
            await fetcher("127.0.0.0/8", always("127.0.0.2", "127.0.0.2", "127.0.0.4")).get(
                f"http://two.example:{site.port}/"
            )


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
async def test_an_error_status_is_told(status: int) -> None:
    async with serving_site() as site:
        site.answer("/", status, "no")
        with pytest.raises(ToolError, match=f"answered with status {status}"):
            await fetcher().get(site.base)


async def test_a_body_that_drips_is_given_up() -> None:
    async with serving_site() as site:
        site.page("/", "x" * 1000)
        site.drip_s = 0.05
        with pytest.raises(ToolError, match=r"longer than 0\.3 s"):
            await asyncio.wait_for(fetcher(deadline_s=0.3).get(site.base), 3)


async def test_a_resolver_that_hangs_is_given_up() -> None:
    async def hang(host: str) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(ToolError, match=r"longer than 0\.1 s"):
        await asyncio.wait_for(fetcher(resolve=hang, deadline_s=0.1).get("http://slow.example/"), 3)


async def test_redirects_share_one_deadline() -> None:
    async with serving_site() as site:
        site.redirect("/", "/")
        answer = site.answers["/"]
        site.answers["/"] = answer + b"x" * 4
        site.drip_s = 0.1
        with pytest.raises(ToolError, match=r"longer than|more than 5"):
            await asyncio.wait_for(fetcher(deadline_s=0.2).get(site.base), 2)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes), ("X-GZip", gzip.compress)],
)
async def test_a_packed_page_is_unpacked(encoding: str, pack: object) -> None:
    async with serving_site() as site:
        site.page("/", pack(b"hello " * 100), Content_Encoding=encoding)  # type: ignore[operator]  (one of the above)
        assert (await fetcher().get(site.base)).body == b"hello " * 100


async def test_a_gzip_bomb_is_unpacked_only_to_the_limit() -> None:
    async with serving_site() as site:
        site.page("/", gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")
        fetched = await fetcher(max_bytes=1000).get(site.base)

    assert (len(fetched.body), fetched.is_cut) == (1000, True)


async def test_an_endless_page_is_cut() -> None:
    async with serving_site() as site:
        site.page("/", "x")
        site.endless = b"y" * 10_000
        fetched = await fetcher(max_bytes=50_000).get(site.base)

    assert (len(fetched.body), fetched.is_cut) == (50_000, True)


async def test_an_endless_stream_that_unpacks_to_nothing_ends() -> None:
    async with serving_site() as site:
        empty = zlib.compressobj(wbits=31)
        site.page("/", empty.flush(zlib.Z_SYNC_FLUSH), Content_Encoding="gzip")
        site.endless = b"\x00\x00\x00\xff\xff" * 2000
        fetched = await fetcher(max_bytes=50_000).get(site.base)

    assert (fetched.body, fetched.is_cut) == (b"", True)


@pytest.mark.parametrize(
    ("encoding", "body", "message"),
    [
        ("gzip, gzip", b"packed twice", "packed as 'gzip, gzip'"),
        ("br", b"x", "packed as 'br'"),
        ("zstd", b"x", "packed as 'zstd'"),
        ("gzip", b"no gzip", "broken way"),
    ],
)
async def test_other_packing_is_refused(encoding: str, body: bytes, message: str) -> None:
    async with serving_site() as site:
        site.page("/", body, Content_Encoding=encoding)
        with pytest.raises(ToolError, match=message):
            await fetcher().get(site.base)


async def test_a_huge_head_is_refused() -> None:
    async with serving_site() as site:
        site.page("/", "x", X_Big="y" * 200_000)
        with pytest.raises(ToolError, match="could not be read"):
            await fetcher().get(site.base)


async def test_tls_asks_for_the_name_and_checks_it_at_the_checked_address() -> None:
    authority = authority_for("secure.example")
    async with serving_site(tls=authority.server) as site:
        site.page("/", "safe")
        fetch = fetcher(resolve=always("127.0.0.1"), tls=authority.client)
        assert (await fetch.get(f"https://secure.example:{site.port}/")).body == b"safe"
        with pytest.raises(ToolError, match=r"'other\.example' could not be read"):
            await fetch.get(f"https://other.example:{site.port}/")
        with pytest.raises(ToolError, match="could not be read"):
            await fetcher(resolve=always("127.0.0.1")).get(f"https://secure.example:{site.port}/")

    assert authority.asked_names[:2] == ["secure.example", "other.example"]
    assert len(site.heads) == 1


def test_the_server_of_the_tests_starts_empty() -> None:
    assert WebSite().heads == []
