from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import SettingsError
from hive.toolbox.addresses import AllowedTargets, is_host_name, is_numeric, is_public, parse_allowed

PUBLIC = ["8.8.8.8", "93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
CLOSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:53aa:64c:0:7cfb:80ff:fffe",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::1",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "fe80::1%1",
    "2606:4700::1%1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", CLOSED)
def test_every_other_address_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not AllowedTargets().has_address(ip_address(address))


@given(st.ip_addresses())
def test_what_is_public_is_global_unicast(address: object) -> None:
    parsed = ip_address(str(address))
    if is_public(parsed):
        assert not (
            parsed.is_loopback or parsed.is_link_local or parsed.is_multicast or parsed.is_unspecified
        )


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_judged_as_itself(address: object) -> None:
    plain = ip_address(str(address))
    assert is_public(ip_address(f"::ffff:{address}")) == is_public(plain)
    assert is_public(ip_address(f"64:ff9b::{address}")) == is_public(plain)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "::1", "fd12::1", "::ffff:127.0.0.1"]
)
def test_private_addresses_may_be_allowed(address: str) -> None:
    assert parse_allowed("1").has_address(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "169.254.1.1", "fe80::1", "0.0.0.0", "fd00:ec2::254", "100.100.100.200", "224.0.0.1"],
)
def test_metadata_and_link_local_addresses_must_be_named(address: str) -> None:
    assert not parse_allowed("1").has_address(ip_address(address))
    assert parse_allowed(address).has_address(ip_address(address))


def test_networks_and_hosts_are_allowed_by_name() -> None:
    allowed = parse_allowed(" 10.1.0.0/16, Intranet.Example ,fd12::/32")

    assert allowed.has_address(ip_address("10.1.2.3"))
    assert allowed.has_address(ip_address("fd12::9"))
    assert not allowed.has_address(ip_address("10.2.0.1"))
    assert allowed.has_host("intranet.example")
    assert not allowed.has_host("other.example")


@pytest.mark.parametrize("text", ["", "0", " , "])
def test_nothing_said_allows_nothing(text: str) -> None:
    assert parse_allowed(text) == AllowedTargets()


@pytest.mark.parametrize(
    "text", ["yes sir", "true", "No", "on, intranet.example", "10.0.0.1/8", "http://x", "*", "1.2.3"]
)
def test_an_entry_that_is_neither_network_nor_host_is_an_error(text: str) -> None:
    with pytest.raises(SettingsError, match="HIVE_ALLOW_PRIVATE_URLS"):
        parse_allowed(text)


@pytest.mark.parametrize(
    "host", ["example.com", "a-b.example", "_dmarc.example", "xn--bcher-kva.example", "a.b1"]
)
def test_a_plain_name_is_a_host_name(host: str) -> None:
    assert is_host_name(host)


@pytest.mark.parametrize(
    "host", ["", ".", "a..b", "-a.b", "a b", "a%b", "ü.de", "1.2", "0x7f", "a.1", "x" * 64]
)
def test_other_text_is_no_host_name(host: str) -> None:
    assert not is_host_name(host)


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "0x", "017700000001", "1.2.3.0x4", "1."]
)
def test_what_a_resolver_may_read_as_a_number_is_numeric(host: str) -> None:
    assert is_numeric(host)
