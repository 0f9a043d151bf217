"""The tests: they mirror the rooms of `src/overdoor`."""
