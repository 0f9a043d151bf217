"""All outgoing network: the guard for foreign addresses, and pooled clients."""
