"""Who is booked on a flight, for the airline's staff."""
