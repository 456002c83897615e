"""The bookings that fly with an airline, for its staff: finding one, and acting for its party."""
