"""Which addresses may be reached: public unicast ones, and those that the operator opened. Pure.

The rules are our own tables, not `ipaddress.is_global`: Python 3.11 calls NAT64, 6to4 and multicast forms of
private addresses global, and its answers differ between versions.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

# https://www.iana.org/assignments/iana-ipv4-special-registry
_CLOSED_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("169.254.169.254/32", "a cloud metadata address"),
        ("168.63.129.16/32", "a cloud metadata address"),  # Azure's host; a public block by its number
        ("100.100.100.200/32", "a cloud metadata address"),  # Alibaba Cloud
        ("192.0.0.192/32", "a cloud metadata address"),  # Oracle Cloud
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a carrier-grade NAT address"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "a documentation address"),
        ("192.88.99.0/24", "a 6to4 relay address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "a benchmarking address"),
        ("198.51.100.0/24", "a documentation address"),
        ("203.0.113.0/24", "a documentation address"),
        ("224.0.0.0/4", "a multicast address"),
        ("255.255.255.255/32", "a broadcast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)

# https://www.iana.org/assignments/iana-ipv6-special-registry
_CLOSED_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("fd00:ec2::254/128", "a cloud metadata address"),  # Amazon
        ("fd20:ce::254/128", "a cloud metadata address"),  # Google
        ("::/128", "an unspecified address"),
        ("::1/128", "a loopback address"),
        ("64:ff9b:1::/48", "a local NAT64 address"),  # its IPv4 part sits where that network likes: trust none
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
        ("2001:db8::/32", "a documentation address"),
        ("3fff::/20", "a documentation address"),
        ("2001::/23", "a reserved address"),  # Teredo was unwrapped before
    )
)
_GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")  # all that IANA has given out
_NAT64 = IPv6Network("64:ff9b::/96")
_V4_COMPATIBLE = IPv6Network("::/96")
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})  # the upper half of an interface id whose lower half is an IPv4 address
_NO_UPSTREAM = frozenset({"a cloud metadata address", "a multicast address", "a broadcast address"})


def forbidden_reason(address: IPv4Address | IPv6Address, allowed: Sequence[IPv4Network | IPv6Network]) -> str | None:
    """None when `address` may be reached; else what it is, as in "a loopback address".

    An IPv6 form that carries IPv4 addresses is judged by every one of them.

    allowed: Networks that the operator opened; compared with the carried address, never with its wrapping.
    """
    reasons = (_reason(inner, allowed) for inner in unwrapped(address))
    return next((reason for reason in reasons if reason is not None), None)


def upstream_forbidden_reason(address: IPv4Address | IPv6Address) -> str | None:
    """None when a configured upstream may live at `address`: anywhere but where no model can be."""
    reason = forbidden_reason(address, ())
    return reason if reason in _NO_UPSTREAM else None


def is_within(address: IPv4Address | IPv6Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """True when everything that `address` stands for lies in one of `networks`."""
    return all(_is_listed(inner, networks) for inner in unwrapped(address))


def unwrapped(address: IPv4Address | IPv6Address) -> tuple[IPv4Address | IPv6Address, ...]:
    """The addresses that a packet to `address` may end at: itself, or the IPv4 addresses inside it."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo  # the relay and the client
    if address in _NAT64 or (address in _V4_COMPATIBLE and int(address) > 1):
        return (_last_four_bytes(address),)
    if int(address) >> 32 & 0xFFFF_FFFF in _ISATAP:
        return address, _last_four_bytes(address)
    return (address,)


def _last_four_bytes(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFF_FFFF)


def _reason(address: IPv4Address | IPv6Address, allowed: Sequence[IPv4Network | IPv6Network]) -> str | None:
    if _is_listed(address, allowed):
        return None
    closed = _CLOSED_V4 if isinstance(address, IPv4Address) else _CLOSED_V6
    for network, reason in closed:
        if address in network:
            return reason
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST_V6:
        return "a reserved address"
    return None


def _is_listed(address: IPv4Address | IPv6Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)  # False where the versions differ
