"""The background worker: what is due, and what happens every minute."""
