"""The shape of what a flight's cabins are sold for, and how many of their seats."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import Field, StringField

from webapp.network.models import Cabin
from webapp.staff.forms import FaresForm


class SetSalesForm(FlaskForm, FaresForm):
    """For each cabin of the flight a fare, and a number of seats."""

    seats_first = StringField("Seats on sale in first")
    seats_business = StringField("Seats on sale in business")
    seats_premium_economy = StringField("Seats on sale in premium economy")
    seats_economy = StringField("Seats on sale in economy")

    def seats_of(self, cabin: Cabin) -> Field:
        """Return the field of how many seats of a cabin may be sold."""
        return self[f"seats_{cabin.value}"]
