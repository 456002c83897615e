"""Another aircraft for a flight: whom it seats elsewhere, and what of it is on sale."""
