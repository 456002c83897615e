"""Names put right after the booking: a correction, never another person."""
