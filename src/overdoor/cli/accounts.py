"""One use of the data folder's accounts; a server may run on the same folder at the same time."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from overdoor.cli.start import require_folder

if TYPE_CHECKING:
    from overdoor.config import Settings
    from overdoor.services.accounts import Accounts

T = TypeVar("T")


def with_accounts(settings: "Settings", work: "Callable[[Accounts], Awaitable[T]]") -> T:
    """What `work` returns; the database is open only meanwhile.

    Raises:
        CommandRefused, StartRefused, and what `work` raises.
    """
    import asyncio

    from overdoor.wiring import open_accounts

    require_folder(settings)

    async def run() -> T:
        async with open_accounts(settings) as accounts:
            return await work(accounts)

    return asyncio.run(run())
