"""Where messages may go: nothing is allowed until it is listed.

The host as it stands in the URL, and for a host name also the network it resolves to. Asked at start-up
for the URL and before every connection for the addresses.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LAST_32_BITS_ARE_IPV4 = (
    ipaddress.IPv6Network("::/96"),
    ipaddress.IPv6Network("64:ff9b::/96"),
    ipaddress.IPv6Network("64:ff9b:1::/48"),
)
"""IPv4-compatible addresses and NAT64 (RFC 4291, 6052, 8215)."""


class TargetNotAllowed(ValueError):
    """The target is not on the list of allowed hosts, or resolves to a network that is not."""


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """Where messages may go. ``hosts`` are literal: names or addresses as they stand in the URL."""

    hosts: frozenset[str]
    networks: tuple[Network, ...] = ()

    def check_url(self, url: str) -> SplitResult:
        """Return the parts of ``url`` if it may be used at all.

        Raises:
            TargetNotAllowed: not https (http only to this machine), credentials in it, or a host that
                is not listed.
        """
        parts = urlsplit(url)
        try:
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise TargetNotAllowed(f"webhook target: {error}") from error
        if host is None or host not in self.hosts:
            raise TargetNotAllowed(
                f"webhook target: host {host!r} is not among the allowed hosts {sorted(self.hosts)}"
            )
        if parts.username is not None or parts.password is not None or "@" in parts.netloc:
            raise TargetNotAllowed("webhook target: no credentials in the address")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
            raise TargetNotAllowed("webhook target: https only (http only to this machine)")
        return parts

    def check_address(self, host: str, address: Address) -> None:
        """Make sure that ``host`` may resolve to ``address``.

        A host that is itself an address was listed as such. A name may resolve to public addresses, or
        to a listed network; this keeps a name from being pointed at an inner machine.

        Raises:
            TargetNotAllowed: it may not.
        """
        if _literal(host) == address:
            return
        meant = _embedded(address) or address
        if any(meant in network for network in self.networks):
            return
        if host == "localhost" and meant.is_loopback:
            return
        if not meant.is_global or meant.is_multicast or meant.is_reserved or _is_site_local(meant):
            raise TargetNotAllowed(
                f"webhook target: {host} resolves to {meant}, an inner address; list its network in"
                " the networks of the targets (ZHAOREN_WEBHOOK_NETWORKS) if that is meant"
            )


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that ``address`` leads to in the end; None: it is what it is."""
    if address.version == 4 or address.is_loopback:
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _LAST_32_BITS_ARE_IPV4):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _is_site_local(address: Address) -> bool:
    return address.version == 6 and address.is_site_local


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" or (literal is not None and literal.is_loopback)
