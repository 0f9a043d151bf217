"""Which painter paints which setting, and which setting a brief asks for."""

from collections.abc import Callable

from overdoor.providers.sandbox import words
from overdoor.providers.sandbox.brief import Brief
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.settings import (
    cosmos,
    depths,
    dry,
    graphics,
    indoors,
    inland,
    invented,
    isometric,
    land,
    pages,
    patterns,
    room,
    screens,
    shore,
    town,
    woods,
)

PAINTERS: dict[str, Callable[[Scene], Stage]] = {
    "mountains": land.mountains,
    "hills": land.hills,
    "forest": woods.forest,
    "desert": dry.desert,
    "canyon": dry.canyon,
    "garden": land.garden,
    "road": land.road,
    "snowfield": land.snowfield,
    "sea": shore.sea,
    "beach": shore.beach,
    "island": shore.island,
    "coast": shore.coast,
    "lake": inland.lake,
    "river": inland.river,
    "waterfall": inland.waterfall,
    "underwater": depths.underwater,
    "city": town.city,
    "street": town.street,
    "space": cosmos.space,
    "moonscape": cosmos.moonscape,
    "aurora": cosmos.aurora,
    "sky": cosmos.open_sky,
    "studio": indoors.studio,
    "room": room.room,
    "backdrop": indoors.backdrop,
    "paper": invented.paper_cut,
    "still life": invented.shapes_still_life,
    "poster": graphics.poster,
    "logo": graphics.logo,
    "icon": graphics.icon,
    "pattern": patterns.pattern,
    "abstract": patterns.abstract,
    "infographic": pages.infographic,
    "diagram": pages.diagram,
    "interface": screens.interface,
    "storyboard": pages.storyboard,
}

# The more particular setting wins: "a river through a mountain forest" is a river.
_ORDER = ("underwater", "moonscape", "space", "street", "waterfall", "city", "room", "studio", "aurora", "beach",
          "island", "canyon", "lake", "river", "sea", "desert", "road", "forest", "mountains", "garden", "hills",
          "sky")  # fmt: skip
_MOOD_HOME = {"sunset": "sea", "storm": "sea", "night": "mountains", "snow": "mountains", "neon": "street",
              "autumn": "forest", "mist": "forest", "dawn": "hills", "golden": "hills", "day": "hills",
              "twilight": "city"}  # fmt: skip


def setting_of(brief: Brief) -> str | None:
    """Return the setting to paint, or None when nothing in the prompt suggests a place."""
    for name in _ORDER:
        if name in brief.settings:
            return _for_subject(name, brief)
    if "aurora" in brief.celestial:
        return "aurora"
    if brief.celestial & {"planet", "rings", "meteor"} and not brief.subjects:
        return "space"
    for subject in brief.subjects:
        return words.HOME.get(subject.name, "studio")
    return _MOOD_HOME.get(brief.mood or "")


def painter_for(brief: Brief) -> Callable[[Scene], Stage]:
    """Return the painter of the layout or setting the brief asks for."""
    layout = "poster" if brief.layout == "thumbnail" else brief.layout
    if layout in PAINTERS and not (layout in {"poster", "abstract"} and brief.settings):
        return PAINTERS[layout]
    if "isometric" in brief.styles:
        return isometric.isometric
    name = setting_of(brief)
    if name is None:
        fallback = "still life" if len(brief.prompt) % 3 == 0 else "paper"
        return PAINTERS[fallback]
    return PAINTERS[name]


def _for_subject(setting: str, brief: Brief) -> str:
    """A lighthouse by the sea stands on a coast, not in the water."""
    first = brief.subjects[0].name if brief.subjects else ""
    if setting in {"sea", "beach"} and first in {"lighthouse", "house", "castle", "windmill"}:
        return "coast"
    return setting
