"""Which painter paints which setting, and which setting a brief asks for."""

from collections.abc import Callable

from overdoor.providers.sandbox import words
from overdoor.providers.sandbox.brief import Brief
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.settings import land

PAINTERS: dict[str, Callable[[Scene], Stage]] = {
    "mountains": land.mountains,
    "hills": land.hills,
    "forest": land.forest,
    "desert": land.desert,
    "canyon": land.canyon,
    "garden": land.garden,
    "road": land.road,
    "snowfield": land.snowfield,
}

# The more particular setting wins: "a river through a mountain forest" is a river.
_ORDER = ("underwater", "moonscape", "space", "street", "waterfall", "city", "room", "studio", "aurora", "beach",
          "island", "lake", "river", "sea", "canyon", "desert", "road", "forest", "mountains", "garden", "hills",
          "sky")  # fmt: skip
_MOOD_HOME = {"sunset": "sea", "storm": "sea", "night": "mountains", "snow": "mountains", "neon": "street",
              "autumn": "forest", "mist": "forest", "dawn": "hills", "golden": "hills", "day": "hills",
              "twilight": "city"}  # fmt: skip


def setting_of(brief: Brief) -> str | None:
    """Return the setting to paint, or None when nothing in the prompt suggests a place."""
    for name in _ORDER:
        if name in brief.settings:
            return name
    if "aurora" in brief.celestial:
        return "aurora"
    for subject in brief.subjects:
        return words.HOME.get(subject.name, "studio")
    if brief.celestial & {"planet", "rings", "meteor"}:
        return "space"
    return _MOOD_HOME.get(brief.mood or "")


def painter_for(brief: Brief) -> Callable[[Scene], Stage]:
    """Return the painter of the setting the brief asks for."""
    return PAINTERS.get(setting_of(brief) or "", land.hills)
