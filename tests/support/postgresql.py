"""A throw-away PostgreSQL server on a unix socket of its own: no port, no password, gone after the session."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg
from psycopg import sql

_START_S = 30.0
_SMALL = ("max_connections=200", "shared_buffers=64MB")
IN_A_HURRY = (*_SMALL, "fsync=off", "full_page_writes=off", "synchronous_commit=off")
DURABLE = _SMALL


@dataclass(slots=True)
class Cluster:
    """A server; `folder` holds its socket and its data."""

    folder: Path
    options: Sequence[str]
    _server: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Run it, and return when it takes connections."""
        flags = [part for setting in self.options for part in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    _programs() / "postgres",
                    "-D",
                    self.folder / "data",
                    "-k",
                    self.folder,
                    "-c",
                    "listen_addresses=",
                    *flags,
                ],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=_user(),
            )
        _wait_until_ready(self, self._server)

    def stop(self, mode: Literal["fast", "immediate"]) -> None:
        """`fast` ends every session in order; `immediate` is a crash that leaves recovery to the next start."""
        assert self._server is not None, "not started"
        self._server.send_signal(signal.SIGINT if mode == "fast" else signal.SIGQUIT)
        self._server.wait()

    def restart(self, mode: Literal["fast", "immediate"]) -> None:
        """Stop it, and start it again."""
        self.stop(mode)
        self.start()

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql:///{database}?host={quote(str(self.folder), safe='')}&user=postgres"

    def create(self, database: str, *, template: str = "template0") -> str:
        """Make a database that is a copy of `template`, to which nobody is connected; its address."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(statement.format(sql.Identifier(database), sql.Identifier(template)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def running_cluster(options: Sequence[str] = IN_A_HURRY) -> Generator[Cluster]:
    """A fresh server with settings such as "fsync=off"; root starts it as the user `postgres`, for it refuses root.

    Raises:
        LookupError: PostgreSQL is not installed on this machine.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="overdoor-pg-"))
    user = _user()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            user=user,
        )
        cluster = Cluster(folder, options)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")  # nothing here is kept
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str | None:
    return "postgres" if os.geteuid() == 0 else None


def _wait_until_ready(cluster: Cluster, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            psycopg.connect(cluster.url("postgres")).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((cluster.folder / "log").read_text()) from None
            time.sleep(0.05)
        else:
            return


def _programs() -> Path:
    """The folder of `initdb` and `postgres`; Debian keeps it out of PATH."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    newest = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)
    if newest is None:
        raise LookupError("PostgreSQL is not installed: no `initdb` was found")
    return newest.parent
