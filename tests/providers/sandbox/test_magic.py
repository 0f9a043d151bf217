"""Magic prompts, as media.md section 7 and docs/sandbox list them."""

import pytest

from overdoor.providers.sandbox.magic import Magic, parse


@pytest.mark.parametrize(
    ("prompt", "plain", "magic"),
    [
        ("a fox", "a fox", Magic()),
        ("", "", Magic()),
        ("a fox sandbox:moderation_blocked", "a fox", Magic(moderation="input")),
        ("a fox sandbox:moderation_blocked:output at dawn", "a fox at dawn", Magic(moderation="output")),
        ("sandbox:rate_limit a fox", "a fox", Magic(rate_limit=True)),
        ("a fox sandbox:upstream_500", "a fox", Magic(upstream_500=True)),
        ("a fox sandbox:timeout", "a fox", Magic(timeout=True)),
        ("a fox sandbox:delay=3s", "a fox", Magic(delay_s=3.0)),
        ("a fox sandbox:delay=250ms", "a fox", Magic(delay_s=0.25)),
        ("a fox sandbox:delay=1.5s", "a fox", Magic(delay_s=1.5)),
        ("a fox sandbox:delay=2", "a fox", Magic(delay_s=2.0)),
        ("a fox sandbox:delay=500s", "a fox", Magic(delay_s=120.0)),
        ("a fox sandbox:fail_at=40%", "a fox", Magic(fail_at=0.4)),
        ("a fox sandbox:expired, please", "a fox , please", Magic(expired=True)),
        ("a fox sandbox:insufficient_credits", "a fox", Magic(insufficient_credits=True)),
        ("a fox sandbox:bad_image", "a fox", Magic(bad_image=True)),
        ("a fox sandbox:slow_webhook", "a fox", Magic(slow_webhook=True)),
        ("a fox sandbox:instant", "a fox", Magic(instant=True)),
        ("A FOX SANDBOX:INSTANT", "A FOX", Magic(instant=True)),
        ("sandbox:delay=1s sandbox:fail_at=50% sandbox:instant", "", Magic(delay_s=1.0, fail_at=0.5, instant=True)),
        ("a fox sandbox:ratelimit", "a fox", Magic(unknown=("sandbox:ratelimit",))),
        ("a fox sandbox:delay=soon", "a fox", Magic(unknown=("sandbox:delay=soon",))),
        ("a fox sandbox:fail_at=0.4", "a fox", Magic(unknown=("sandbox:fail_at=0.4",))),
        ("a fox sandbox:instant=yes", "a fox", Magic(unknown=("sandbox:instant=yes",))),
        ("children in a sandbox: summer", "children in a sandbox: summer", Magic()),
        ("see https://x.test/sandbox:timeout", "see https://x.test/sandbox:timeout", Magic()),
    ],
)
def test_every_magic_token_is_read_and_taken_out_of_the_prompt(prompt: str, plain: str, magic: Magic) -> None:
    """Promise: media.md section 7."""
    assert parse(prompt) == (plain, magic)
