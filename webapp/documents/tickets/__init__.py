"""The e-ticket: who flies on what, and what was paid for it."""
