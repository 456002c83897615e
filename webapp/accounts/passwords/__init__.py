"""A forgotten password, and a new one in its place."""
