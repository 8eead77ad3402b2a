"""Which network addresses are public, and which others an operator allows."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from framework.errors import SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd20:ce::254",
        ),
    )
)
_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        (
            "127.0.0.0/8",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "::1/128",
            "fc00::/7",
        ),
    )
)
_NEVER_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
_UNICAST_V6 = IPv6Network("2000::/3")
_NEVER_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
_EMBEDDING = tuple(map(IPv6Network, ("::ffff:0:0/96", "64:ff9b::/96")))
_YES_OR_NO = frozenset({"true", "false", "yes", "no", "on", "off"})
"""Words that mean to switch something, and would name hosts."""

_IPV4_BITS = 0xFFFFFFFF
_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*")


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedTargets:
    """What is allowed beside public addresses.

    Attributes:
        is_private_allowed: whether loopback and private addresses are; link-local
            and metadata addresses still have to be named.
        networks: networks that are allowed whatever they are.
        hosts: host names that are allowed whatever they resolve to.
    """

    is_private_allowed: bool = False
    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    def has_host(self, host: str) -> bool:
        """Whether the host name itself is allowed."""
        return host in self.hosts

    def has_address(self, address: Address) -> bool:
        """Whether a connection to ``address`` is allowed."""
        plain = embedded(address)
        if any(plain in network for network in self.networks if network.version == plain.version):
            return True
        if plain in _METADATA:
            return False
        return is_public(plain) or (self.is_private_allowed and _is_within(plain, _PRIVATE))


def parse_allowed(text: str) -> AllowedTargets:
    """Return what a setting allows: ``1`` for private addresses, or host names and networks with commas.

    Raises:
        SettingsError: if an entry is neither.
    """
    entries = [entry.strip().lower() for entry in text.split(",") if entry.strip()]
    networks: list[Network] = []
    hosts: list[str] = []
    for entry in entries:
        if entry in {"0", "1"}:
            continue
        network = _network(entry)
        if network is not None:
            networks.append(network)
        elif is_host_name(entry) and entry not in _YES_OR_NO:
            hosts.append(entry)
        else:
            raise SettingsError(
                f"HIVE_ALLOW_PRIVATE_URLS cannot hold {entry!r}; write 1, or host names and networks "
                "such as 'intranet.example, 10.1.0.0/16'."
            )
    return AllowedTargets(is_private_allowed="1" in entries, networks=tuple(networks), hosts=frozenset(hosts))


def is_public(address: Address) -> bool:
    """Whether ``address`` is a unicast address of the public internet."""
    plain = embedded(address)
    if isinstance(plain, IPv4Address):
        return plain.is_global and plain not in _METADATA and not _is_within(plain, _NEVER_V4)
    if plain.scope_id is not None or plain not in _UNICAST_V6:
        return False
    return plain.is_global and not _is_within(plain, _NEVER_V6)


def embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv4-mapped or NAT64 address stands for; others as they are."""
    if isinstance(address, IPv6Address) and _is_within(address, _EMBEDDING):
        return IPv4Address(int(address) & _IPV4_BITS)
    return address


def parse_address(host: str) -> Address | None:
    """Return the address that ``host`` spells in the standard way; None if it is no such spelling."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_host_name(host: str) -> bool:
    """Whether ``host`` is a name in ASCII that nothing could take for a number."""
    return _HOST_NAME.fullmatch(host) is not None and not is_numeric(host)


def is_numeric(host: str) -> bool:
    """Whether some resolvers would read ``host`` as an address: its last label is a number."""
    last = host.removesuffix(".").rpartition(".")[2]
    return re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]*", last) is not None


def _is_within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def _network(entry: str) -> Network | None:
    try:
        return ipaddress.ip_network(entry)
    except ValueError:
        return None
