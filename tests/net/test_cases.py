"""Issue 4, done when 1: every row of `cases` ends without one connection to a forbidden address."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network

import pytest
from aiohttp import ClientError, ClientSession
from cases import (
    GOOD_CHAINS,
    GOOD_URLS,
    LITERALS,
    NAMES,
    REDIRECT_NAMES,
    REDIRECTS,
    URLS,
    Redirected,
    filled,
    literal_urls,
)
from loopback import Answer, Loopback, reply
from nameserver import NameServer, WireResolver
from traps import Trap, watched_sockets

from overdoor.net.fetch import Fetcher, FetchFailed
from overdoor.net.guard import NetworkPolicy, check_url, guarded_connector, is_own

CLOSED = NetworkPolicy()
OPEN_ONE = NetworkPolicy((ip_network("127.0.0.1/32"),))  # 127.0.0.1 plays the public host, 127.0.0.2 the forbidden one
GIF = b"GIF89a" + bytes(200)
TIMEOUT_S = 5.0

NAME_ANSWERS = {name.rstrip("."): answers for name, (answers, _) in NAMES.items()} | {"localhost": ["127.0.0.1"]}
NAME_ANSWERS["xn--lcalhost-nbh.example"] = ["127.0.0.1"]  # lоcalhost.example, as it travels
NAME_ANSWERS["127-0-0-1.example"] = ["127.0.0.1"]


@asynccontextmanager
async def asking(
    answers: dict[str, list[str]], policy: NetworkPolicy = OPEN_ONE
) -> AsyncGenerator[tuple[Fetcher, NameServer]]:
    """A fetcher that asks a name server with these answers."""
    async with NameServer(answers) as names, Fetcher(policy, WireResolver(names)) as fetcher:
        yield fetcher, names


async def picture(fetcher: Fetcher, url: str) -> None:
    """The picture of the allowed server was fetched from `url`."""
    got = await fetcher.download(url, limit_bytes=1000, timeout_s=TIMEOUT_S, accept=("image/",))
    assert got.data == GIF


def test_the_table_is_as_long_as_promised() -> None:
    """Promise: issue 4, done when 1: 150+ guarded-fetch cases."""
    forbidden = len(LITERALS) + len(URLS) + len(NAMES) + len(REDIRECTS)

    assert forbidden >= 250
    assert len(GOOD_URLS) + len(GOOD_CHAINS) >= 20


async def test_the_trap_counts_what_reaches_it() -> None:
    """Promise: without the guard, the spellings of the table do arrive; so 0 means something."""
    async with Trap() as trap:
        with watched_sockets() as sockets:
            async with ClientSession() as session:
                for host in ("127.0.0.1", "127.0.0.2", "127.255.255.254", "127.3.3.3"):
                    await session.get(f"http://{host}:{trap.port}/")
        assert (trap.connections, sockets.made >= 4) == (4, True)


@pytest.mark.parametrize("way", ["download", "callback"])
@pytest.mark.parametrize("url", [*literal_urls(), *URLS])
async def test_a_forbidden_url_is_refused_by_its_looks(url: str, way: str) -> None:
    """Promise: nothing connects, no socket is made, and no name server is asked."""
    async with Trap() as trap, NameServer(NAME_ANSWERS) as names:
        target = filled(url, port=trap.port)
        with watched_sockets() as sockets:
            await _require_refused(target, way=way, resolver=WireResolver(names))

        assert (trap.connections, sockets.made, names.asked) == (0, 0, [])


@pytest.mark.parametrize("url", literal_urls())
async def test_the_socket_alone_refuses_what_the_looks_would_have(url: str) -> None:
    """Promise: the checkpoint right before connect holds without the check of the URL."""
    async with Trap() as trap, NameServer(NAME_ANSWERS) as names:
        connector = guarded_connector(CLOSED, resolver=WireResolver(names))
        with watched_sockets() as sockets:
            async with ClientSession(connector=connector) as session:
                with pytest.raises((ClientError, ValueError, OSError)):
                    await session.get(filled(url.replace("https:", "http:"), port=trap.port))

        assert (trap.connections, sockets.made) == (0, 0)


@pytest.mark.parametrize("way", ["download", "callback"])
@pytest.mark.parametrize("name", NAMES)
async def test_a_name_that_leads_to_a_forbidden_address_ends_at_the_socket(name: str, way: str) -> None:
    """Promise: the name server was really asked, and its answer was refused before a socket existed."""
    async with Trap() as trap, NameServer(NAME_ANSWERS) as names:
        with watched_sockets() as sockets:
            await _require_refused(f"https://{name}/", way=way, resolver=WireResolver(names, port=trap.port))

        assert (trap.connections, sockets.made) == (0, 0)
        assert names.asked


@pytest.mark.parametrize("case", REDIRECTS, ids=lambda case: case.why)
async def test_a_redirect_to_a_forbidden_place_is_not_followed(case: Redirected) -> None:
    """Promise: at most three redirects, each of them checked like the first URL."""
    async with (
        Trap() as trap,
        Loopback(_chain(case.chain, case.status, trap=trap)) as here,
        asking(REDIRECT_NAMES) as (fetcher, _),
    ):
        with pytest.raises(FetchFailed) as caught:
            await picture(fetcher, here.url)

    assert (trap.connections, here.connections) == (0, case.requests)
    assert not caught.value.transient


@pytest.mark.parametrize("chain", GOOD_CHAINS)
async def test_three_redirects_to_allowed_places_are_followed(chain: tuple[str, ...]) -> None:
    """Promise: the guard refuses what is forbidden and nothing else."""
    async with (
        Trap() as trap,
        Loopback(_chain(chain, 302, trap=trap)) as here,
        asking({"good.example": ["127.0.0.1"]}) as (fetcher, _),
    ):
        await picture(fetcher, here.url)

    assert (here.connections, trap.connections) == (len(chain) + 1, 0)


@pytest.mark.parametrize("url", GOOD_URLS)
def test_an_ordinary_url_passes(url: str) -> None:
    """Promise: as above."""
    check_url(url, option="image_urls", policy=CLOSED)


async def test_a_name_that_is_rebound_is_refused_from_then_on() -> None:
    """Promise: issue 4: a rebinding DNS server. Each connection asks anew and goes to the answer it checked."""
    turns = ["127.0.0.1", "127.0.0.2", "127.0.0.1", "::1", "127.0.0.1", "-> evil.example"]
    answers = {"flips.example": turns, "evil.example": ["127.0.0.3"]}
    async with Trap() as trap, Loopback(reply(GIF)) as here, asking(answers) as (fetcher, names):
        for turn in range(20):
            if turn in (0, 2, 4):
                await picture(fetcher, f"http://flips.example:{here.port}/")
            else:
                with pytest.raises(FetchFailed) as caught:
                    await picture(fetcher, f"http://flips.example:{trap.port}/")
                assert not caught.value.transient

    assert (here.connections, trap.connections) == (3, 0)
    assert names.asked.count("A flips.example") == 20


@pytest.mark.parametrize(
    "answer",
    ["127.0.0.2 127.0.0.1", "127.0.0.1 127.0.0.2", "::1 127.0.0.1", "10.0.0.1 127.0.0.2 fd00::1 ::1 127.0.0.1"],
)
async def test_of_a_mixed_answer_only_the_allowed_address_is_connected_to(answer: str) -> None:
    """Promise: each socket is judged alone, whatever the order of the answer."""
    async with (
        Loopback(reply(GIF)) as here,
        Trap(here.port, hosts=("127.0.0.2", "::1")) as trap,
        asking({"mixed.example": [answer]}) as (fetcher, _),
    ):
        await picture(fetcher, f"http://mixed.example:{here.port}/")

    assert (here.connections, trap.connections) == (1, 0)


async def test_this_server_itself_stays_closed_in_an_opened_network() -> None:
    """Promise: NetworkPolicy.own_port: nothing fetched or called reaches our own doors by any own address."""
    opened = (ip_network("127.0.0.0/8"), ip_network("::1/128"), ip_network("0.0.0.0/32"))
    hosts = ("127.0.0.1", "127.8.8.8", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "us.example", "us.example")
    async with Trap() as trap:
        policy = NetworkPolicy(opened, own_port=trap.port)
        async with asking({"us.example": ["127.0.0.9", "::1"]}, policy) as (fetcher, _):
            for host in hosts:
                with pytest.raises(FetchFailed) as caught:
                    await fetcher.post_json(f"http://{host}:{trap.port}/", body=b"{}", headers={}, timeout_s=TIMEOUT_S)
                assert not caught.value.transient

    assert trap.connections == 0


def test_the_addresses_of_this_machine_are_told_from_others() -> None:
    """Promise: as above; nothing is sent to find out."""
    assert is_own(ip_address("127.0.0.1"))
    assert is_own(ip_address("::1"))
    assert is_own(ip_address("0.0.0.0"))


async def test_no_answer_of_a_name_server_is_remembered() -> None:
    """Promise: a lookup for each connection; a TTL of 0 or of a day makes no difference."""
    async with Loopback(reply(GIF)) as here, asking({"good.example": ["127.0.0.1"]}) as (fetcher, names):
        for _ in range(3):
            await picture(fetcher, f"http://good.example:{here.port}/")

    assert (here.connections, names.asked.count("A good.example")) == (3, 3)


def test_the_stub_resolver_reads_odd_literals_as_the_c_library_does() -> None:
    """Promise: the rows with odd spellings would reach loopback if nothing refused them."""
    for odd in ("127.1", "0x7f000001", "017700000001", "2130706433"):
        found = socket.getaddrinfo(odd, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        assert {where[0] for *_, where in found} == {"127.0.0.1"}


async def _require_refused(url: str, *, way: str, resolver: WireResolver) -> None:
    async with Fetcher(CLOSED, resolver) as fetcher:
        if way == "download":
            asked = fetcher.download(url, limit_bytes=1000, timeout_s=TIMEOUT_S, accept=("image/",))
        else:
            asked = fetcher.post_json(url, body=b"{}", headers={}, timeout_s=TIMEOUT_S)
        with pytest.raises(FetchFailed) as caught:
            await asked
    assert not caught.value.transient


def _chain(chain: tuple[str, ...], status: int, *, trap: Trap) -> Answer:
    """One Location after the other, whatever is asked for; then a picture. An empty one is repeated for ever."""
    done = 0

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal done
        if done >= len(chain):
            await reply(GIF)(request, writer)
            return
        here = writer.get_extra_info("sockname")[1]
        location = filled(chain[done], port=trap.port, here=here)
        done += 1 if chain[done] else 0
        lines = f"HTTP/1.1 {status} -\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        writer.write(lines.encode())
        await writer.drain()

    return answer
