"""Holds: keep an offer's seats, give them up, and hold the same again."""
