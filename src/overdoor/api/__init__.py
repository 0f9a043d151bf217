"""HTTP doors: parse, one service call, view."""
