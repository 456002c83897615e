"""For how much a flight's cabins are sold, and how many of their seats."""
