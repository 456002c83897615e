"""Fares of many days: a month of them, the days around a trip, sixty days in a row."""
