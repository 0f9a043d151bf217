"""Places for attempts: what hangs waits for itself."""

import itertools

from overdoor.domain.callback import Callback
from overdoor.services.places import MOST_OF_ENDPOINT, Places
from overdoor.units import AccountId, CallbackId, KeyId, new_id, utc_now


class Seconds:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def to(url: str, *, account: str = "acct_1") -> Callback:
    """A callback to this address."""
    return Callback(CallbackId(new_id("cb")), None, AccountId(account), KeyId("key"), "test", url, utc_now())


def test_an_endpoint_without_a_free_place_leaves_the_others_theirs() -> None:
    """Promise: issue 4: a hanging receiver delays nobody else."""
    places = Places(Seconds())
    hanging, other = to("https://hangs.example/told?task=1"), to("https://fine.example/told")
    for _ in range(MOST_OF_ENDPOINT):
        assert places.enter(hanging) == 0

    assert places.enter(to("https://hangs.example/told?task=2")) > 0
    assert places.enter(other) == 0
    places.leave(hanging)
    assert places.enter(hanging) == 0


def test_many_addresses_of_one_host_and_one_account_share_their_places() -> None:
    """Promise: an address with the task's id in its path is no way around it."""
    places = Places(Seconds())

    hosts = sum(places.enter(to(f"https://hangs.example/{number}")) == 0 for number in range(100))
    account = sum(places.enter(to(f"https://hangs{number}.example/")) == 0 for number in range(100))
    everybody = sum(places.enter(to(f"https://a{n}.example/", account=f"acct_{n}")) == 0 for n in range(100))

    assert (hosts, hosts + account, hosts + account + everybody) == (16, 48, 96)


def test_turns_lie_as_far_apart_as_places_become_free() -> None:
    """Promise: services/places: a crowd that waits for a receiver that hangs costs few looks."""
    clock = Seconds()
    places = Places(clock)
    hanging = to("https://hangs.example/told")
    for _ in range(MOST_OF_ENDPOINT):
        places.enter(hanging)
        places.learn(hanging, took_s=16, is_busy=False)

    waits = [places.enter(hanging) for _ in range(1000)]

    assert all(1 < later - sooner < 2 for sooner, later in itertools.pairwise(waits[:200]))
    assert max(waits) <= 600.0


def test_a_receiver_that_says_it_is_busy_is_asked_more_slowly() -> None:
    """Promise: docs/callbacks.md: 429, 502 and 504 throttle."""
    calm, busy = Places(Seconds()), Places(Seconds())
    callback = to("https://busy.example/told")
    waits: list[float] = []
    for places, is_busy in ((calm, False), (busy, True)):
        for _ in range(MOST_OF_ENDPOINT):
            places.enter(callback)
            places.learn(callback, took_s=0.1, is_busy=is_busy)
        places.enter(callback)
        waits.append(places.enter(callback))

    assert waits[1] > 5 * waits[0]
