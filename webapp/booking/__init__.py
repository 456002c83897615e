"""Holds, bookings and passengers: from an offer to a confirmed trip."""
