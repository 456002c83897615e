"""A flight's day: the times it is expected at, boarding, departure, arrival."""
