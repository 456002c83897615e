"""Calendar files of trips, and the private address that a calendar program follows."""
