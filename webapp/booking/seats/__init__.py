"""Seats: the map of each flight, choosing on it, and assignment for whoever does not choose."""
