"""Chat models and the server-tool loop, free of any dialect."""
