"""The travellers of an account: saved while booking, filled in the next time."""
