"""See `src/overdoor`."""
