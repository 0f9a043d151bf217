"""Subjects: each is drawn by a pen in its own 100 x 100 frame."""
