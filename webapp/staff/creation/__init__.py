"""A flight that no schedule makes: looked at, then put on sale."""
