"""Where mail about a booked trip goes, and the telephone that reaches its party."""
