"""Repeatable chance: every random choice of the renderer comes from a text."""

import hashlib
from random import Random

import numpy as np

ENGINE_VERSION = "1"  # part of every seed: a new look may change bytes, and says so


def chance(*parts: object) -> Random:
    """Return a generator that depends on the parts and the engine version alone."""
    return Random("|".join((ENGINE_VERSION, *map(str, parts))))  # noqa: S311 - pictures, not secrets


def noise_source(*parts: object) -> np.random.Generator:
    """Return a numpy generator that depends on the parts and the engine version alone."""
    text = "|".join((ENGINE_VERSION, *map(str, parts)))
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))
