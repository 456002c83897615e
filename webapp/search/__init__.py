"""Offers: what can be flown between two places on a date, and what it costs."""
