"""How long what is about people is kept: after that the worker forgets it."""

from __future__ import annotations

from datetime import timedelta

# Travel documents, from the last departure or from the cancellation on.
DOCUMENTS_KEPT = timedelta(days=30)
# What was typed for seats that nobody booked, from the end of their hold on.
HOLDS_KEPT = timedelta(days=30)
# A followed price that has come to its end, from the day of the journey on.
ALERTS_KEPT = timedelta(days=30)

# So many rows are forgotten at once: a statement and its locks take milliseconds.
PORTION = 500
