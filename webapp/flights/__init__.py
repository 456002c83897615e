"""Schedules, dated flights, and the seats that can be sold on them."""
