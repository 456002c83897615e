"""Passengers: who travels, and how the party is reached."""
