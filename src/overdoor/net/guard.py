"""The one checkpoint for foreign addresses: URLs by their looks, sockets by where they go.

Two steps, because each sees what the other cannot:

1. `check_url` looks at scheme, port, credentials and literal addresses. No DNS, so a task can be refused while it is
   submitted.
2. `guarded_connector` looks at the address of every socket right before it connects. A name that answers differently
   the second time, a redirect or a literal that slipped through ends here.

Which scheme and port go where:

| URL | nothing opened | networks opened by the operator |
|---|---|---|
| https, port 443 | public addresses | public or opened addresses |
| https, another port | refused | opened addresses |
| http, any port but 443 | refused | opened addresses |

The socket sees no scheme, only a port. So port 443 may be public, any other port must lie in an opened network, and
plain http on port 443 is refused by its looks unless the host is a literal address inside an opened network.
"""

import errno
import socket
import ssl
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver
from yarl import URL

from overdoor.errors import ForbiddenAddress
from overdoor.net.addresses import forbidden_reason, is_within, unwrapped, upstream_forbidden_reason

URL_LONGEST_CHARACTERS = 8192
_HTTPS_PORT = 443
_LOOPBACK = IPv4Address("127.0.0.1")
_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "home.arpa", "onion")


@dataclass(frozen=True)
class NetworkPolicy:
    """What this server may fetch besides the public internet.

    allowed_private: Networks that the operator opened, for instance for a callback receiver in the same cluster.
    own_port: Where this server listens: that port of this machine stays closed in an opened network too. 0: nowhere.
    """

    allowed_private: tuple[IPv4Network | IPv6Network, ...] = ()
    own_port: int = 0


class AddressForbidden(OSError):
    """A socket was about to connect to an address that must not be reached. Nothing was sent.

    The text is the same for every address: several refusals of one name stay one error of this class.
    """

    def __init__(self, *, address: str, reason: str) -> None:
        super().__init__(errno.EACCES, "the name leads to a forbidden address")
        self.address, self.reason = address, reason


def check_url(url: str, *, option: str, policy: NetworkPolicy) -> None:
    """`url` looks like something that may be fetched; where its name leads is checked by the socket.

    option: The caller's name of the parameter, for the message.

    Raises:
        ForbiddenAddress: scheme, port, credentials or host are not allowed.
    """
    problem = _problem(url, policy)
    if problem is not None:
        raise ForbiddenAddress(option=option, problem=problem)


def parse_url(url: str) -> URL:
    """`url` as aiohttp will use it: ASCII is left untouched (signed queries survive), the rest is encoded.

    Raises:
        ValueError: it is no URL.
    """
    try:
        return URL(url, encoded=url.isascii())
    except IndexError as error:  # yarl on `https://[::1]@/`
        raise ValueError("credentials in brackets, and no host") from error


def guarded_connector(
    policy: NetworkPolicy, *, resolver: AbstractResolver | None = None, tls: ssl.SSLContext | None = None
) -> TCPConnector:
    """A connector whose sockets reach nothing but what `policy` allows; close it, or its session.

    tls: Whose certificates are believed; the system's by default.

    Each request gets a connection of its own, so each passes the checkpoint, and names are looked up each time.
    """

    def checked_socket(target: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, where = target
        _require_reachable(str(where[0]), port=int(where[1]), policy=policy)
        return socket.socket(family=family, type=kind, proto=protocol)

    return TCPConnector(
        resolver=resolver,
        socket_factory=checked_socket,
        ssl=True if tls is None else tls,
        force_close=True,
        use_dns_cache=False,
    )


def upstream_connector(*, resolver: AbstractResolver | None, keep_alive_s: float) -> TCPConnector:
    """A pool of connections for addresses that the operator configured: private ones are fine, metadata is not."""

    def checked_socket(target: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, where = target
        host = str(where[0])
        reason = upstream_forbidden_reason(_parsed(host))
        if reason is not None:
            raise AddressForbidden(address=host, reason=reason)
        return socket.socket(family=family, type=kind, proto=protocol)

    return TCPConnector(resolver=resolver, socket_factory=checked_socket, limit=0, keepalive_timeout=keep_alive_s)


def is_own(address: IPv4Address | IPv6Address) -> bool:
    """True when `address` belongs to this machine. Nothing is sent: the kernel is asked for a route."""
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((str(address), _HTTPS_PORT))
            return ip_address(asking.getsockname()[0]) == address
    except OSError:  # no route
        return False


def _parsed(host: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(host)
    except ValueError:
        raise AddressForbidden(address=host, reason="no address") from None


def _require_reachable(host: str, *, port: int, policy: NetworkPolicy) -> None:
    address = _parsed(host)
    if port == policy.own_port and any(is_own(inner) for inner in unwrapped(address)):
        raise AddressForbidden(address=host, reason="this server itself")
    if is_within(address, policy.allowed_private):
        return
    reason = forbidden_reason(address, policy.allowed_private)
    if reason is None and port != _HTTPS_PORT:
        reason = f"a public address on port {port}"
    if reason is not None:
        raise AddressForbidden(address=host, reason=reason)


def _problem(url: str, policy: NetworkPolicy) -> str | None:
    """What is wrong with `url`, as the rest of the sentence "`image_urls` …"."""
    problem = _problem_of_text(url)
    if problem is not None:
        return problem
    try:
        parsed = parse_url(url)
        return _problem_of_parts(parsed) or _problem_of_host(parsed, policy)
    except ValueError:  # UnicodeError included
        return "is not a URL"


def _problem_of_text(url: str) -> str | None:
    if len(url) > URL_LONGEST_CHARACTERS:
        return f"has {len(url):,} characters; {URL_LONGEST_CHARACTERS:,} are the most"
    if any(character <= " " or character in "\x7f\\" for character in url):
        return "contains a space, a control character or a backslash"
    return None


def _problem_of_parts(url: URL) -> str | None:
    if url.scheme.lower() not in ("https", "http"):
        return "is not an https URL"
    if not url.raw_host:
        return "names no host"
    if "@" in url.raw_authority:
        return "contains credentials"
    return None


def _problem_of_host(url: URL, policy: NetworkPolicy) -> str | None:
    host = (url.raw_host or "").lower().removesuffix(".")
    scheme, port = url.scheme.lower(), url.port
    try:
        literal = _literal(host, is_bracketed=url.raw_authority.startswith("["))
    except _OddAddress as odd:
        return str(odd)
    if literal is not None:
        return _problem_of_literal(literal, scheme=scheme, port=port, policy=policy)
    return _problem_of_name(host, scheme=scheme, port=port, policy=policy)


class _OddAddress(Exception):
    """An address in a form that others may read differently: 2130706433, 0x7f.1, 0177.0.0.1, 127.1."""


def _literal(host: str, *, is_bracketed: bool) -> IPv4Address | IPv6Address | None:
    """The address that `host` spells, or None for a name.

    Raises:
        _OddAddress
    """
    if "%" in host:
        raise _OddAddress("names its host with a zone or an escape")
    if ":" in host:
        try:
            return IPv6Address(host)
        except ValueError:
            raise _OddAddress("names no valid IPv6 address") from None
    if is_bracketed:
        raise _OddAddress("names its host in brackets without an IPv6 address")
    last_label = host.rpartition(".")[2]
    if not (last_label.isdigit() or last_label.startswith("0x")):
        return None
    try:
        return IPv4Address(host)
    except ValueError:
        raise _OddAddress("spells an address in another form than four decimal numbers") from None


def _problem_of_literal(
    address: IPv4Address | IPv6Address, *, scheme: str, port: int | None, policy: NetworkPolicy
) -> str | None:
    if is_within(address, policy.allowed_private):
        return None
    reason = forbidden_reason(address, policy.allowed_private)
    if reason is not None:
        return f"names {reason}"
    return _problem_of_public(scheme=scheme, port=port)


def _problem_of_name(host: str, *, scheme: str, port: int | None, policy: NetworkPolicy) -> str | None:
    if not _is_host_name(host):
        return "names no valid host"
    if host == "localhost" and is_within(_LOOPBACK, policy.allowed_private):
        return None
    if not policy.allowed_private:
        if "." not in host or any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES):
            return "names a host of the local network"
        return _problem_of_public(scheme=scheme, port=port)
    if scheme == "http" and port == _HTTPS_PORT:
        return "speaks plain http to port 443"
    return None  # the socket requires an opened network, except on port 443


def _problem_of_public(*, scheme: str, port: int | None) -> str | None:
    if scheme != "https":
        return "is not an https URL"
    if port != _HTTPS_PORT:
        return f"names port {port}; only 443 is open"
    return None


def _is_host_name(host: str) -> bool:
    labels = host.split(".")
    return len(host) <= 253 and all(
        0 < len(label) <= 63 and all(c.isascii() and (c.isalnum() or c in "-_") for c in label) for label in labels
    )
