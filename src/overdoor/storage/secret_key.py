"""The server's one secret."""

import os
import secrets
from pathlib import Path

from overdoor.config import Settings
from overdoor.errors import StartRefused
from overdoor.units import new_id

_SECRET_BYTES = 32


def read_secret(settings: Settings) -> bytes:
    """The key that signs links and peppers hashes: the setting, or a file made at the first start.

    Raises:
        StartRefused: the file cannot be read, or is damaged.
    """
    if settings.secret_key is not None:
        return settings.secret_key.encode()
    path = settings.data / "secret.key"
    if not path.exists():
        _make_secret(path)
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii"))
    except OSError as error:
        raise StartRefused(f"The secret key {path} cannot be read: {error.strerror}.") from error
    except ValueError:
        secret = b""
    if len(secret) < _SECRET_BYTES:  # an empty one would sign links that anybody can make
        raise StartRefused(
            f"The secret key {path} is damaged: it must hold {_SECRET_BYTES * 2} hexadecimal digits. Restore it from a "
            "backup; if there is none, delete it, and make new keys: the old keys and links are void then."
        )
    return secret


def _make_secret(path: Path) -> None:
    """Write a new secret under its name all at once; of two that start together the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(new_id("secret"))
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
