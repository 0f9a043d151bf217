"""Nothing in the product reaches the network but through `net`: read from the source, not believed."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

import overdoor

SOURCE = Path(overdoor.__file__).parent

CLIENTS = frozenset({
    "aiohttp", "httpx", "requests", "urllib3", "pycurl", "websockets", "ftplib", "smtplib", "telnetlib", "poplib",
    "imaplib", "xmlrpc", "http.client", "urllib.request", "pyreqwest", "niquests", "anyio.connect_tcp",
})  # fmt: skip
CONNECTING = frozenset({
    "open_connection", "create_connection", "open_unix_connection", "connect_tcp", "urlopen", "urlretrieve",
    "ClientSession", "TCPConnector", "sock_connect", "connect_ex",
})  # fmt: skip

IMPORTS_ALLOWED = {
    ("net/fetch.py", "aiohttp"): "inputs, results and callbacks: the guarded session",
    ("net/guard.py", "aiohttp"): "the checkpoint itself",
    ("net/receive.py", "aiohttp"): "the type of an answer that fetch.py hands over",
    ("net/client.py", "aiohttp"): "providers that the operator configured, over the upstream checkpoint",
    ("wiring.py", "aiohttp"): "the type of a resolver, for tests",
    ("cli/uploading.py", "aiohttp"): "as cli/remote.py",
    ("cli/remote.py", "aiohttp"): "the command line on the user's own machine asks the user's own server",
}
CALLS_ALLOWED = {
    ("net/fetch.py", "ClientSession"),
    ("net/client.py", "ClientSession"),
    ("net/guard.py", "TCPConnector"),
    ("cli/remote.py", "ClientSession"),
    ("cli/uploading.py", "ClientSession"),
}


def test_only_the_rooms_that_may_use_a_network_client_import_one() -> None:
    """Promise: issue 4: one checkpoint for input URLs, provider results and callbacks."""
    found = {
        (where, client)
        for where, tree in _modules()
        for name in _imported(tree)
        for client in CLIENTS
        if name == client or name.startswith(f"{client}.")
    }

    assert found == set(IMPORTS_ALLOWED)


def test_only_the_rooms_that_may_connect_do() -> None:
    """Promise: as above: no second session, connector or raw connection."""
    found = {(where, name) for where, tree in _modules() for name in _called(tree) if name in CONNECTING}

    assert found == CALLS_ALLOWED


@pytest.mark.parametrize("where", ["net/fetch.py", "net/client.py"])
def test_every_session_gets_a_connector_of_the_guard(where: str) -> None:
    """Promise: as above: a session without one would connect anywhere."""
    tree = ast.parse((SOURCE / where).read_text(encoding="utf-8"))
    sessions = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "ClientSession"]

    assert sessions
    for session in sessions:
        options = {keyword.arg: keyword.value for keyword in session.keywords}
        connector = options["connector"]
        assert isinstance(connector, ast.Call)
        assert _name(connector.func) in ("guarded_connector", "upstream_connector")
        assert ast.unparse(options["trust_env"]) == "False"


def test_every_decoder_is_told_its_format() -> None:
    """Promise: issue 4: only allow-listed formats, at every place where foreign bytes are opened."""
    opened = {
        (where, ast.unparse(node))
        for where, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Image.open", "av.open")
    }

    assert len(opened) >= 4
    for where, call in opened:
        assert "formats=" in call or "format=" in call, (where, call)


@functools.cache
def _modules() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(SOURCE.rglob("*.py"))
    )


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _called(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield _name(node.func)


def _name(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]
