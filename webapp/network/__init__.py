"""Airports, airlines, aircraft and their seat layouts."""
