"""Which addresses may be reached (reference/jobs.md 4.6)."""

from ipaddress import ip_address, ip_network

import pytest

from overdoor.net.addresses import forbidden_reason, is_within

PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
)

FORBIDDEN = {
    "0.0.0.0": "an unspecified address",
    "0.1.2.3": "an unspecified address",
    "10.0.0.1": "a private address",
    "10.255.255.255": "a private address",
    "100.64.0.1": "a carrier-grade NAT address",
    "100.127.255.255": "a carrier-grade NAT address",
    "100.100.100.200": "a cloud metadata address",
    "127.0.0.1": "a loopback address",
    "127.255.255.254": "a loopback address",
    "168.63.129.16": "a cloud metadata address",
    "169.254.169.254": "a cloud metadata address",
    "169.254.170.2": "a link-local address",
    "172.16.0.1": "a private address",
    "172.31.255.255": "a private address",
    "192.0.0.8": "a reserved address",
    "192.0.0.192": "a cloud metadata address",
    "192.0.2.1": "a documentation address",
    "192.88.99.1": "a 6to4 relay address",
    "192.168.1.1": "a private address",
    "198.18.0.1": "a benchmarking address",
    "198.19.255.255": "a benchmarking address",
    "198.51.100.7": "a documentation address",
    "203.0.113.9": "a documentation address",
    "224.0.0.1": "a multicast address",
    "239.255.255.250": "a multicast address",
    "240.0.0.1": "a reserved address",
    "255.255.255.255": "a broadcast address",
    "::": "an unspecified address",
    "::1": "a loopback address",
    "::ffff:127.0.0.1": "a loopback address",
    "::ffff:a9fe:a9fe": "a cloud metadata address",
    "::ffff:0.0.0.0": "an unspecified address",
    "::127.0.0.1": "a loopback address",
    "::10.0.0.1": "a private address",
    "64:ff9b::7f00:1": "a loopback address",
    "64:ff9b::a9fe:a9fe": "a cloud metadata address",
    "64:ff9b::10.1.2.3": "a private address",
    "64:ff9b:1::7f00:1": "a local NAT64 address",
    "64:ff9b:1::808:808": "a local NAT64 address",
    "64:ff9b:1:7f00:0:100::": "a local NAT64 address",
    "2002:7f00:1::": "a loopback address",
    "2002:a00:1::1": "a private address",
    "2002:c0a8:101::": "a private address",
    "2001:0:808:808:0:0:80ff:fffe": "a loopback address",
    "2001:0:7f00:1:0:0:f7f7:f7f7": "a loopback address",
    "2001:db8::1": "a documentation address",
    "3fff::1": "a documentation address",
    "2001:2::1": "a reserved address",
    "100::1": "a reserved address",
    "fc00::1": "a private address",
    "fd12:3456::1": "a private address",
    "fd00:ec2::254": "a cloud metadata address",
    "fd20:ce::254": "a cloud metadata address",
    "fe80::1": "a link-local address",
    "fe80::1%eth0": "a link-local address",
    "fec0::1": "a site-local address",
    "ff02::1": "a multicast address",
    "ff0e::1": "a multicast address",
    "4000::1": "a reserved address",
    "5f00::1": "a reserved address",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_reached(address: str) -> None:
    """Promise: the public internet stays open, also through NAT64 and 6to4."""
    assert forbidden_reason(ip_address(address), ()) is None


@pytest.mark.parametrize(("address", "reason"), FORBIDDEN.items())
def test_an_address_that_is_not_public_is_refused_with_what_it_is(address: str, reason: str) -> None:
    """Promise: "a private address is never fetched" (design.md, what never happens)."""
    assert forbidden_reason(ip_address(address), ()) == reason


@pytest.mark.parametrize(
    ("address", "networks", "is_open"),
    [
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("10.1.2.3", ["fd00::/8", "10.1.0.0/16"], True),
        ("11.1.2.3", ["10.0.0.0/8"], False),
        ("::ffff:10.1.2.3", ["10.0.0.0/8"], True),
        ("64:ff9b::10.1.2.3", ["10.0.0.0/8"], True),
        ("64:ff9b::10.1.2.3", ["64:ff9b::/96"], False),
        ("2002:a00:1::", ["10.0.0.0/8"], True),
        ("::1", ["127.0.0.0/8"], False),
        ("::1", ["::1/128"], True),
        ("fd00::1", ["fd00::/8"], True),
        ("169.254.169.254", ["169.254.0.0/16"], True),
        ("2001:0:7f00:1:0:0:80ff:fffe", ["127.0.0.1/32"], True),
        ("2001:0:808:808:0:0:80ff:fffe", ["127.0.0.1/32"], False),
    ],
)
def test_an_opened_network_is_compared_with_the_address_inside(
    address: str, networks: list[str], is_open: bool
) -> None:
    """Promise: OVERDOOR_ALLOWED_PRIVATE_NETWORKS opens exactly what it names."""
    opened = tuple(ip_network(network) for network in networks)

    assert is_within(ip_address(address), opened) is is_open


def test_opening_one_network_leaves_the_others_closed() -> None:
    """Promise: the same setting."""
    opened = (ip_network("10.0.0.0/8"),)

    assert forbidden_reason(ip_address("10.0.0.1"), opened) is None
    assert forbidden_reason(ip_address("127.0.0.1"), opened) == "a loopback address"
    assert forbidden_reason(ip_address("2001:0:7f00:1:0:0:f5ff:fffe"), opened) == "a loopback address"
    assert forbidden_reason(ip_address("8.8.8.8"), opened) is None
