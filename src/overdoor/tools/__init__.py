"""Server tools: one per module, and the registry that names them."""
