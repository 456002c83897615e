"""Changing the date or the flights of a journey."""
