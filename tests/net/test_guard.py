"""The checkpoint for foreign addresses, by looks and by sockets (reference/jobs.md 4.6)."""

from ipaddress import ip_network

import pytest
from aiohttp import ClientConnectorError, ClientError, ClientSession
from loopback import FixedResolver, Loopback, reply

from overdoor.errors import ForbiddenAddress
from overdoor.net.guard import AddressForbidden, NetworkPolicy, check_url, guarded_connector

CLOSED = NetworkPolicy()
OPEN_LOOPBACK = NetworkPolicy((ip_network("127.0.0.1/32"),))

GOOD = (
    "https://example.com",
    "https://example.com/",
    "https://EXAMPLE.com:443/a%2Fb?x=%2F&y=a@b#z",
    "https://example.com./a.png",
    "https://xn--bcher-kva.example/",
    "https://bücher.example/ü.png",
    "https://8.8.8.8/a.png",
    "https://[2606:4700:4700::1111]/a.png",
    "https://1password.com/",
    "https://a_b.s3.example.com/k",
    "HTTPS://example.com/a",
)

BAD = {
    "": "is not an https URL",
    "example.com/a.png": "is not an https URL",
    "//example.com/a.png": "is not an https URL",
    "http://example.com/a.png": "is not an https URL",
    "ftp://example.com/a": "is not an https URL",
    "file:///etc/passwd": "is not an https URL",
    "data:image/png;base64,AA==": "is not an https URL",
    "gopher://127.0.0.1/": "is not an https URL",
    "https:///a": "names no host",
    "https://example.com:80/": "names port 80; only 443 is open",
    "https://example.com:8443/": "names port 8443; only 443 is open",
    "https://example.com:0/": "names port 0; only 443 is open",
    "https://example.com:99999/": "is not a URL",
    "https://[::1": "is not a URL",
    "https://[::1]@/x": "is not a URL",
    "https://user:password@example.com/": "contains credentials",
    "https://user@example.com/": "contains credentials",
    "https://@example.com/": "contains credentials",
    "https://example.com\\@127.0.0.1/": "contains a space, a control character or a backslash",
    "https://exam ple.com/": "contains a space, a control character or a backslash",
    "https://example.com/\r\nHost: x": "contains a space, a control character or a backslash",
    "https://127.0.0.1/": "names a loopback address",
    "https://127.0.0.1./": "names a loopback address",
    "https://１２７.0.0.1/": "names a loopback address",
    "https://10.0.0.1/": "names a private address",
    "https://169.254.169.254/latest": "names a cloud metadata address",
    "https://0.0.0.0/": "names an unspecified address",
    "https://[::1]/": "names a loopback address",
    "https://[::]/": "names an unspecified address",
    "https://[::ffff:127.0.0.1]/": "names a loopback address",
    "https://[::ffff:7f00:1]/": "names a loopback address",
    "https://[64:ff9b::7f00:1]/": "names a loopback address",
    "https://[fe80::1%25eth0]/": "names its host with a zone or an escape",
    "https://[fe80::1%eth0]/": "names its host with a zone or an escape",
    "https://ex%61mple.com/": "names its host with a zone or an escape",
    "https://2130706433/": "spells an address in another form than four decimal numbers",
    "https://0x7f000001/": "spells an address in another form than four decimal numbers",
    "https://0177.0.0.1/": "spells an address in another form than four decimal numbers",
    "https://0x7f.0.0.1/": "spells an address in another form than four decimal numbers",
    "https://127.1/": "spells an address in another form than four decimal numbers",
    "https://127.0.1/": "spells an address in another form than four decimal numbers",
    "https://8.8.8.010/": "spells an address in another form than four decimal numbers",
    "https://example.0x1/": "spells an address in another form than four decimal numbers",
    "https://1.2.3.256/": "spells an address in another form than four decimal numbers",
    "https://localhost/": "names a host of the local network",
    "https://localhost./": "names a host of the local network",
    "https://a.localhost/": "names a host of the local network",
    "https://printer.local/": "names a host of the local network",
    "https://metadata.google.internal/": "names a host of the local network",
    "https://redis/": "names a host of the local network",
    "https://a..example.com/": "names no valid host",
    "https://-/": "names a host of the local network",
    "https://ex!ample.com/": "names no valid host",
    "https://example.com/" + "a" * 8192: "has 8,212 characters; 8,192 are the most",
}


@pytest.mark.parametrize("url", GOOD)
def test_a_public_https_url_passes(url: str) -> None:
    """Promise: public https URLs are taken, signed queries and international names included."""
    check_url(url, option="image_urls", policy=CLOSED)


@pytest.mark.parametrize(("url", "problem"), BAD.items())
def test_a_url_with_a_bad_look_is_refused_with_the_reason(url: str, problem: str) -> None:
    """Promise: refused while the task is submitted, without DNS."""
    with pytest.raises(ForbiddenAddress) as caught:
        check_url(url, option="image_urls", policy=CLOSED)

    assert caught.value.message == f"`image_urls` {problem}."
    assert caught.value.option == "image_urls"


@pytest.mark.parametrize(
    ("url", "passes"),
    [
        ("http://127.0.0.1:8080/a", True),
        ("http://127.0.0.1:443/a", True),
        ("https://127.0.0.1:8443/a", True),
        ("http://[::ffff:127.0.0.1]:8080/a", True),
        ("http://localhost:8080/a", True),
        ("http://receiver.internal:8080/a", True),
        ("http://example.com/a", True),
        ("https://example.com:8443/a", True),
        ("https://example.com/a", True),
        ("http://example.com:443/a", False),
        ("http://127.0.0.2:8080/a", False),
        ("http://8.8.8.8/a", False),
        ("https://8.8.8.8:8443/a", False),
        ("https://8.8.8.8/a", True),
        ("https://10.0.0.1/a", False),
        ("http://user@127.0.0.1/a", False),
        ("http://2130706433:8080/a", False),
        ("http://0177.0.0.1/a", False),
        ("http://[::1]:8080/a", False),
    ],
)
def test_an_opened_network_allows_http_and_ports_for_its_literals_and_for_names(url: str, passes: bool) -> None:
    """Promise: the table in net/guard.py; for names the socket decides."""
    refused = False
    try:
        check_url(url, option="callBackUrl", policy=OPEN_LOOPBACK)
    except ForbiddenAddress:
        refused = True

    assert refused is not passes


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f000001", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "localhost"])
async def test_every_spelling_of_loopback_ends_at_the_socket(host: str) -> None:
    """Promise: literals never pass a resolver, so the socket itself is checked."""
    async with Loopback(reply(b"secret")) as trap, ClientSession(connector=guarded_connector(CLOSED)) as session:
        with pytest.raises(ClientConnectorError) as caught:
            await session.get(f"http://{host}:{trap.port}/")

        assert isinstance(caught.value.os_error, AddressForbidden)
        assert trap.connections == 0


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0177.0.0.1"])
async def test_an_odd_spelling_of_loopback_connects_nowhere(host: str) -> None:
    """Promise: the same trap. aiohttp refuses these before a socket exists; should it stop, the socket is checked."""
    async with Loopback(reply(b"secret")) as trap, ClientSession(connector=guarded_connector(CLOSED)) as session:
        with pytest.raises(ClientError):
            await session.get(f"http://{host}:{trap.port}/")

        assert trap.connections == 0


async def test_a_name_that_leads_to_loopback_ends_at_the_socket() -> None:
    """Promise: DNS cannot open what a literal may not."""
    async with Loopback(reply(b"secret")) as trap:
        resolver = FixedResolver({"example.com": ["127.0.0.1"]}, port=trap.port)
        async with ClientSession(connector=guarded_connector(CLOSED, resolver=resolver)) as session:
            with pytest.raises(ClientConnectorError) as caught:
                await session.get("https://example.com/")

        refusal = caught.value.os_error
        assert isinstance(refusal, AddressForbidden)
        assert (refusal.address, refusal.reason) == ("127.0.0.1", "a loopback address")
        assert trap.connections == 0


async def test_several_forbidden_addresses_of_one_name_are_still_one_refusal() -> None:
    """Promise: AddressForbidden says "several refusals of one name stay one error of this class"."""
    resolver = FixedResolver({"example.com": ["127.0.0.1 10.0.0.1 ::1"]})
    async with ClientSession(connector=guarded_connector(CLOSED, resolver=resolver)) as session:
        with pytest.raises(ClientConnectorError) as caught:
            await session.get("https://example.com/")

    assert isinstance(caught.value.os_error, AddressForbidden)


async def test_a_forbidden_address_beside_an_allowed_one_is_skipped() -> None:
    """Promise: each socket is judged alone."""
    async with Loopback(reply(b"ours")) as server, Loopback(reply(b"secret"), host="127.0.0.2") as trap:
        resolver = FixedResolver({"example.com": ["127.0.0.2 127.0.0.1"]}, port=server.port)
        async with ClientSession(connector=guarded_connector(OPEN_LOOPBACK, resolver=resolver)) as session:
            response = await session.get("http://example.com/")

            assert await response.read() == b"ours"
            assert trap.connections == 0


async def test_a_name_that_answers_differently_the_second_time_is_refused_the_second_time() -> None:
    """Promise: rebinding fails, because every connection is checked and none is reused."""
    async with Loopback(reply(b"ours")) as server, Loopback(reply(b"secret"), host="127.0.0.2") as trap:
        resolver = FixedResolver({"example.com": ["127.0.0.1", "127.0.0.2"]})
        async with ClientSession(connector=guarded_connector(OPEN_LOOPBACK, resolver=resolver)) as session:
            first = await session.get(f"http://example.com:{server.port}/")
            assert await first.read() == b"ours"
            with pytest.raises(ClientConnectorError) as caught:
                await session.get(f"http://example.com:{trap.port}/")

        assert isinstance(caught.value.os_error, AddressForbidden)
        assert (server.connections, trap.connections) == (1, 0)


@pytest.mark.parametrize("port", [80, 8080, 8443, 22])
async def test_a_public_address_is_reached_on_port_443_only(port: int) -> None:
    """Promise: opening a network opens other ports and plain http inside it, not elsewhere."""
    resolver = FixedResolver({"example.com": ["93.184.216.34"]})
    async with ClientSession(connector=guarded_connector(OPEN_LOOPBACK, resolver=resolver)) as session:
        with pytest.raises(ClientConnectorError) as caught:
            await session.get(f"http://example.com:{port}/")

    refusal = caught.value.os_error
    assert isinstance(refusal, AddressForbidden)
    assert refusal.reason == f"a public address on port {port}"
