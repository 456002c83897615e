"""Boarding passes: a page and a PDF per passenger and flight, with the bar code for the gate."""
