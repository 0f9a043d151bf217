"""Use cases: each opens its transaction, applies rules, and calls stores."""
