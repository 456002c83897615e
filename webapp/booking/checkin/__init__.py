"""Check-in: from 24 hours to 1 hour before departure, and the boarding numbers that it gives."""
