"""A reference that was lost: the trips of an address, mailed to that address."""
