"""What the tests let worker processes do; importable there by name."""

import signal
import socket

GIVE_UP_S = 30  # a worker that a broken test leaves behind ends by itself


def hold(port: int) -> None:
    """Say hello to the test and then never return; the connection ends only with this process."""
    signal.alarm(GIVE_UP_S)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"started")
        while True:
            pass


def refuse(word: str) -> str:
    """Raise what a job may raise."""
    raise KeyError(word)
