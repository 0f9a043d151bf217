"""One upstream per module; `contract` says what a provider is."""
