"""A soft pad of sound for a clip: slow chords, and wind or waves when the prompt has them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from overdoor.providers.sandbox import seeds
from overdoor.providers.sandbox.brief import Brief

SAMPLE_RATE_HZ = 48_000
CHANNELS = 2

_ROOTS_HZ = (110.0, 123.47, 130.81, 146.83, 98.0)
_MAJOR = ((0, 4, 7, 11), (-3, 0, 4, 9), (-7, 0, 5, 9), (-5, 2, 7, 11))
_MINOR = ((0, 3, 7, 10), (-4, 0, 3, 8), (-2, 2, 5, 10), (-5, 2, 3, 7))
_CHORD_S = 2.5
_FADE_S = 0.6

Samples = NDArray[np.float32]


def pad(brief: Brief, *, duration_s: float, seed: int) -> Iterator[Samples]:
    """Yield float samples [CHANNELS, n], -1 to 1, one second at a time; the whole is duration_s long."""
    rng = seeds.chance("sound", brief.prompt, seed)
    source = seeds.noise_source("sound", brief.prompt, seed)
    root = rng.choice(_ROOTS_HZ)
    dark = brief.mood in {"night", "storm", "neon", "twilight", "mist"} or "cinematic" in brief.styles
    chords = _MINOR if dark else _MAJOR
    hiss = 0.05 if _is_airy(brief) else 0.008
    total = round(duration_s * SAMPLE_RATE_HZ)
    state = np.zeros(CHANNELS, dtype=np.float32)
    for start in range(0, total, SAMPLE_RATE_HZ):
        count = min(SAMPLE_RATE_HZ, total - start)
        time = (start + np.arange(count)) / SAMPLE_RATE_HZ
        samples = _chords(time, root=root, chords=chords)
        air, state = _air(source, count, state)
        swell = (0.6 + 0.4 * np.sin(2 * np.pi * time / 3.7)).astype(np.float32)
        samples = samples + air * hiss * swell
        fade = np.clip(np.minimum(time / _FADE_S, (duration_s - time) / _FADE_S), 0.0, 1.0).astype(np.float32)
        yield (samples * fade).astype(np.float32)


def _is_airy(brief: Brief) -> bool:
    windy = {"sea", "beach", "island", "desert", "mountains", "waterfall", "river", "underwater", "sky"}
    return bool(windy & set(brief.settings)) or brief.mood in {"storm", "snow"}


def _chords(time: NDArray[np.float64], *, root: float, chords: tuple[tuple[int, ...], ...]) -> Samples:
    """Crossfade from chord to chord; each note is two sines, slightly apart, one per side."""
    position = time / _CHORD_S
    index = position.astype(int)
    blend = np.clip((position - index - 0.7) / 0.3, 0.0, 1.0)
    out = np.zeros((CHANNELS, len(time)), dtype=np.float64)
    for number in np.unique(np.concatenate([index, index + 1])):
        weight = np.where(index == number, 1 - blend, 0.0) + np.where(index + 1 == number, blend, 0.0)
        for voice, semitones in enumerate(chords[int(number) % len(chords)]):
            hertz = root * 2 ** (semitones / 12) * (2 if voice else 1)
            level = (0.09, 0.055, 0.05, 0.035)[voice]
            for side, detune in enumerate((0.998, 1.002)):
                phase = 2 * np.pi * hertz * detune * time
                out[side] += weight * level * (np.sin(phase) + 0.22 * np.sin(2 * phase))
    return out.astype(np.float32)


def _air(source: np.random.Generator, count: int, state: Samples) -> tuple[Samples, Samples]:
    """Low-pass noise, continuous from block to block."""
    raw = source.standard_normal((CHANNELS, count + 256)).astype(np.float32)
    kernel = np.hanning(257).astype(np.float32)
    kernel /= kernel.sum()
    smooth = np.stack([np.convolve(channel, kernel, mode="valid") for channel in raw])
    ramp = np.linspace(1.0, 0.0, min(2400, count), dtype=np.float32)
    smooth[:, : len(ramp)] += (state - smooth[:, 0])[:, None] * ramp
    return (smooth * 9).astype(np.float32), (smooth[:, -1]).astype(np.float32)
