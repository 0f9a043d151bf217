"""Settings for tests."""

from pathlib import Path

from overdoor.config import Settings, load


def hermetic_settings(data: Path, **flags: object) -> Settings:
    """Settings on a folder, untouched by the environment and by files of the user."""
    given: dict[str, object] = {"data": data, "default_tier": "enterprise", "image_workers": 1, **flags}
    nowhere = data / "no such folder"
    return load(flags=given, environ={}, folder=nowhere, user_file=nowhere / "config.toml").settings
