"""A pen draws a subject in its own 100 x 100 frame, wherever and however large it stands in the scene."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, mix
from overdoor.providers.sandbox.draw import Canvas
from overdoor.providers.sandbox.paths import Points


@dataclass(frozen=True, slots=True)
class Ambience:
    """The light of the scene: every subject colour is multiplied by `tint`, by `strength` (0 to 1)."""

    tint: Colour = WHITE
    strength: float = 0.0

    def grade(self, colour: Colour) -> Colour:
        """Return the colour as it looks in this light."""
        if self.strength <= 0:
            return colour
        red, green, blue = (c * t // 255 for c, t in zip(colour, self.tint, strict=True))
        return mix(colour, (red, green, blue), self.strength)


@dataclass(frozen=True, slots=True)
class Pen:
    """Local (50, 100) is where the subject touches the ground: canvas (x, y). `unit` is px per local unit."""

    canvas: Canvas
    x: float
    y: float
    unit: float
    flipped: bool = False
    turn_deg: float = 0.0
    ambience: Ambience = field(default_factory=Ambience)

    def place(self, points: Points) -> Points:
        """Return local points as canvas pixels."""
        local = points - np.array([50.0, 100.0])
        if self.flipped:
            local = local * np.array([-1.0, 1.0])
        if self.turn_deg:
            local = paths.rotate(local + np.array([0.0, 50.0]), -self.turn_deg) - np.array([0.0, 50.0])
        return local * self.unit + np.array([self.x, self.y])

    def shape(self, outline: str, paint: Paint | Colour) -> None:
        """Fill the smooth closed curve through the points ("!" = sharp corner)."""
        self.fill([paths.smooth(outline)], paint)

    def poly(self, outline: str, paint: Paint | Colour) -> None:
        """Fill the polygon."""
        self.fill([paths.polygon(outline)], paint)

    def oval(self, cx: float, cy: float, rx: float, ry: float, paint: Paint | Colour, turn: float = 0.0) -> None:  # noqa: PLR0917 - x, y, size: how drawing reads
        """Fill an ellipse."""
        self.fill([paths.oval(cx, cy, rx, ry, turn)], paint)

    def box(self, x: float, y: float, width: float, height: float, paint: Paint | Colour, radius: float = 0.0) -> None:  # noqa: PLR0917 - x, y, size: how drawing reads
        """Fill a rectangle with rounded corners."""
        self.fill([paths.box(x, y, width, height, radius)], paint)

    def fill(self, outlines: Sequence[Points], paint: Paint | Colour) -> None:
        """Fill many outlines at once."""
        self.canvas.fill([self.place(outline) for outline in outlines], self._graded(paint))

    def line(self, outline: str, width: float, paint: Paint | Colour) -> None:
        """Draw the smooth open curve through the points."""
        self.strokes([paths.curve(outline)], width, paint)

    def strokes(self, lines: Sequence[Points], width: float, paint: Paint | Colour) -> None:
        """Draw many open lines at once."""
        self.canvas.stroke([self.place(line) for line in lines], width * self.unit, self._graded(paint))

    def soft(self, cx: float, cy: float, rx: float, ry: float, colour: Colour, alpha: float) -> None:  # noqa: PLR0917 - x, y, size: how drawing reads
        """Lay a soft-edged ellipse."""
        x, y = self.place(np.array([[cx, cy]]))[0]
        self.canvas.soft(x, y, rx * self.unit, ry * self.unit, self.ambience.grade(colour), alpha)

    def glow(self, cx: float, cy: float, radius: float, colour: Colour, alpha: float) -> None:
        """Add light; the scene's own light does not dim it."""
        x, y = self.place(np.array([[cx, cy]]))[0]
        self.canvas.glow(x, y, radius * self.unit, colour, alpha)

    def shine(self, outlines: Sequence[Points], paint: Paint | Colour) -> None:
        """Fill outlines with their own light: windows, lamps, screens; the ambience does not dim them."""
        self.canvas.fill([self.place(outline) for outline in outlines], paint)

    @contextmanager
    def within(self, *outlines: str) -> Generator[None]:
        """Keep what is drawn inside the `with` block within smooth closed curves."""
        with self.canvas.clip([self.place(paths.smooth(outline)) for outline in outlines]):
            yield

    @contextmanager
    def inside(self, *outlines: Points) -> Generator[None]:
        """Keep what is drawn inside the `with` block within outlines made of numbers."""
        with self.canvas.clip([self.place(outline) for outline in outlines]):
            yield

    def _graded(self, paint: Paint | Colour) -> Paint:
        paint = paint if isinstance(paint, Paint) else Paint(paint)
        end = None if paint.end is None else self.ambience.grade(paint.end)
        angle = 180.0 - paint.angle_deg if self.flipped else paint.angle_deg
        return Paint(self.ambience.grade(paint.start), end, angle, paint.alpha)
