"""What a traveller takes along: e-ticket, boarding passes, calendar files."""
