# ruff: noqa: RUF001  (hostile names are made of look-alikes)
from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from framework.errors import ToolError
from hive.toolbox.addresses import AllowedTargets, parse_allowed
from hive.toolbox.fetch_guard import FetchGuard, checked_url, resolve_by_system

if TYPE_CHECKING:
    from collections.abc import Sequence

PUBLIC = "93.184.216.34"

INTERNATIONAL = "xn--fa-hia.de"
"""Its decoded form would be looked up as another name."""

HOSTILE_HOSTS = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0177.1",
    "00000177.1",
    "127.0.0.01",
    "127.000.000.001",
    "0x7F.0x0.0x0.0x1",
    "0",
    "0.0.0.0",
    "00",
    "0x0",
    "0x",
    "1",
    "10.0.0.1",
    "10.1",
    "167772161",
    "0xa000001",
    "012.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1",
    "3232235521",
    "0xc0a80001",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "169.254.43518",
    "2852039166",
    "0xa9fea9fe",
    "0xA9.0xFE.0xA9.0xFE",
    "025177524776",
    "0251.0376.0251.0376",
    "169.254.169.254.",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "192.0.2.1",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "256.256.256.256",
    "1.2.3.4.5",
    "8.8.8",
    "8.8.8.8.",
    "134744072",
    "0x8080808",
    "010.8.8.8",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:53aa:64c::1]",
    "[2001:db8::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[::1%251]",
    "[::1%1]",
    "[ff02::1]",
    "[fec0::1]",
    "[::1",
    "[127.0.0.1]",
    "[v1.x]",
    "[]",
    "127。0。0。1",
    "１２７.0.0.1",
    "①②⑦.⓪.⓪.①",
    "127%2e0%2e0%2e1",
    "%31%32%37.0.0.1",
    "loc%61lhost",
    "127.0.0.1%00.example.com",
    "a..b",
    ".example.com",
    "-example.com",
    "exam!ple.com",
    "ex*mple.com",
    "exa'mple.com",
    "a,b",
    "example.com:80:80",
]

HOSTILE_URLS = [f"http://{host}/" for host in HOSTILE_HOSTS] + [
    "",
    " ",
    "example.com",
    "//example.com/",
    "/etc/passwd",
    "http:",
    "http://",
    "http:///",
    "http:///etc/passwd",
    "http:example.com",
    "http:/127.0.0.1/",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "ftp://example.com/",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/stats",
    "ldap://example.com/",
    "data:text/html,hello",
    "javascript:alert(1)",
    "ws://example.com/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "jar:http://example.com!/",
    "view-source:http://example.com/",
    "http://user@example.com/",
    "http://user:secret@example.com/",
    "http://:@example.com/",
    "http://@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1@example.com/",
    "http://example.com:80@127.0.0.1/",
    "http://example.com#@127.0.0.1:22@/",
    "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\.example.com/",
    "http:\\\\127.0.0.1\\",
    "http://example.com\t/",
    "http://exam\nple.com/",
    "http://example.com/\r\nHost: 127.0.0.1",
    "http://example.com/ HTTP/1.1",
    "http://example.com/\x00",
    "\thttp://example.com/",
    "http://example.com /",
    "http://exa\u00admple.com/",
    "http://exa\u200bmple.com/",
    "http://example.com/\u202e",
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:0/",
    "http://example.com:1/",
    "http://example.com:53/",
    "http://example.com:143/",
    "http://example.com:445/",
    "http://example.com:65536/",
    "http://example.com:-80/",
    "http://example.com:8o/",
    "http://example.com:99999999/",
    f"http://{'a' * 64}.example.com/",
    f"http://{'a.' * 130}com/",
    f"http://example.com/{'a' * 2048}",
]


async def public(host: str) -> Sequence[str]:
    return [PUBLIC]


def guard(*addresses: str, allowed: AllowedTargets | None = None) -> FetchGuard:
    async def resolve(host: str) -> Sequence[str]:
        return addresses

    return FetchGuard(allowed or AllowedTargets(), resolve)


def test_the_table_is_long_enough() -> None:
    assert len(set(HOSTILE_URLS)) >= 120


# Every name resolves to a public address here: what is refused is refused for the URL itself.
@pytest.mark.parametrize(
    "url",
    [url for url in HOSTILE_URLS if url not in {"http://8.8.8.8./", "http://example.com#@127.0.0.1:22@/"}],
)
async def test_a_hostile_url_is_refused(url: str) -> None:
    with pytest.raises(ToolError, match="refused"):
        await FetchGuard(AllowedTargets(), public).check(url)


async def test_an_at_sign_behind_the_host_leads_nowhere_else() -> None:
    target = await FetchGuard(AllowedTargets(), public).check("http://example.com#@127.0.0.1:22@/")

    assert (target.url.host, target.addresses) == ("example.com", (PUBLIC,))


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://example.com", "http://example.com"),
        ("HTTPS://EXAMPLE.com:443/a?b=c#d", "https://example.com/a?b=c"),
        ("http://example.com.:8080/a%20b", "http://example.com:8080/a%20b"),
        ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
        ("http://8.8.8.8./", "http://8.8.8.8/"),
        ("http://[2606:4700:4700::1111]/", "http://[2606:4700:4700::1111]/"),
        ("http://example.com/?u=http://127.0.0.1/", "http://example.com/?u=http://127.0.0.1/"),
    ],
)
async def test_an_honest_url_passes(url: str, asked: str) -> None:
    target = await FetchGuard(AllowedTargets(), public).check(url)

    assert str(target.url) == asked


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        [PUBLIC, "127.0.0.1"],
        ["127.0.0.1", PUBLIC],
        [PUBLIC, "::1"],
        ["169.254.169.254"],
        ["::ffff:10.0.0.1"],
        ["fe80::1%2"],
        ["0.0.0.0"],
    ],
)
async def test_a_name_with_one_closed_address_is_refused(addresses: list[str]) -> None:
    with pytest.raises(ToolError, match=r"'example.com' is not on the public internet") as caught:
        await guard(*addresses).check("http://example.com/")
    assert not any(address in str(caught.value) for address in addresses), "inner addresses are not told"


@pytest.mark.parametrize("answers", [[], ["nonsense"], [PUBLIC, "0x7f.1"]])
async def test_answers_that_are_no_addresses_are_refused(answers: list[str]) -> None:
    with pytest.raises(ToolError, match="has no address that can be used"):
        await guard(*answers).check("http://example.com/")


async def test_an_unknown_host_is_named() -> None:
    async def fail(host: str) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(ToolError, match=r"The host 'nowhere.example' was not found"):
        await FetchGuard(AllowedTargets(), fail).check("http://nowhere.example/")


async def test_the_operator_allows_hosts_and_networks() -> None:
    by_name = guard("10.0.0.9", allowed=parse_allowed("intranet.example"))
    assert (await by_name.check("http://Intranet.Example/")).addresses == ("10.0.0.9",)
    with pytest.raises(ToolError, match="refused"):
        await by_name.check("http://other.example/")
    by_network = guard("10.0.0.9", allowed=parse_allowed("10.0.0.0/24"))
    assert (await by_network.check("http://other.example/")).addresses == ("10.0.0.9",)


async def test_each_address_is_tried_once() -> None:
    assert (await guard(PUBLIC, PUBLIC, "8.8.8.8").check("http://example.com/")).addresses == (
        PUBLIC,
        "8.8.8.8",
    )


async def test_the_system_resolves_this_machine() -> None:
    assert "127.0.0.1" in await resolve_by_system("localhost")
    with pytest.raises(ToolError, match="'localhost' is not on the public internet"):
        await FetchGuard(AllowedTargets()).check("http://localhost/")


def test_a_long_url_is_shown_in_part() -> None:
    with pytest.raises(ToolError) as caught:
        checked_url("http://" + "a" * 5000)
    assert len(str(caught.value)) < 300


async def test_an_international_name_is_looked_up_as_it_is_asked() -> None:
    asked: list[str] = []

    async def resolve(host: str) -> list[str]:
        asked.append(host)
        return [PUBLIC]

    target = await FetchGuard(AllowedTargets(), resolve).check(f"http://{INTERNATIONAL}/")

    assert asked == [INTERNATIONAL] == [target.url.netloc.decode()]


async def test_an_international_name_can_be_allowed() -> None:
    async def resolve(host: str) -> list[str]:
        return ["10.0.0.1"]

    guard = FetchGuard(parse_allowed(INTERNATIONAL), resolve)

    assert (await guard.check(f"http://{INTERNATIONAL}/")).addresses == ("10.0.0.1",)


def test_a_name_that_only_looks_international_is_refused() -> None:
    with pytest.raises(ToolError, match="cannot be parsed"):
        checked_url("http://xn--/")
