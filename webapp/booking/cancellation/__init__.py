"""Cancelling a booking, a part of its party, or one of its journeys."""
