"""What an airline changed in a trip, and what the traveller answers: accept, change, refund."""
