"""Overdoor: one self-hosted door to image and video models."""

__version__ = "0.1.0"
