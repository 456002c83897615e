"""The mail log of staff: what was sent, what was not and why, and what to do about it."""
