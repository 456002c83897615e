"""Dividing a booking, so that some of its party can go other ways than the rest."""
