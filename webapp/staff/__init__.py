"""The pages that airline staff and administrators work in."""
