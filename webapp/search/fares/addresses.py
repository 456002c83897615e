"""Addresses: the search of a travel's day, and the ways to compare the fares of its days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

from flask import url_for

from webapp.search.criteria import days_on_sale
from webapp.search.fares.criteria import USUAL_STAY
from webapp.search.travel import Travel


def search_address(travel: Travel, depart: date, return_on: date | None = None) -> str:
    """Return the address of a search."""
    return _address_of_days("search.flights", travel, depart, return_on)


def each_way_alone(travel: Travel, depart: date, return_on: date | None) -> list[str]:
    """Return the addresses of a search of the way there, and of one of the way back."""
    return [
        search_address(replace(each, currency=None), day)
        for each, day in ((travel, depart), (travel.back(), return_on))
        if day
    ]


def follow_address(travel: Travel, depart: date, return_on: date | None) -> str:
    """Return the address at which the price of a search is followed."""
    return _address_of_days("alerts.follow_journey", travel, depart, return_on)


def month_address(travel: Travel, month: date, nights: int | None) -> str:
    """Return the address of a month's calendar; without nights it is one way."""
    return url_for("fares.calendar", **_parameters(travel), month=f"{month:%Y-%m}", nights=nights)


def ways_to_compare(
    travel: Travel, depart: date, return_on: date | None
) -> dict[str, tuple[str, str]]:
    """Return label and address of each way to compare the fares of the days around a trip."""
    party = _parameters(travel)
    nights = (return_on - depart).days if return_on else None
    # On sale wherever one comes back from: the last day there may be a day earlier than here.
    _, last = days_on_sale(UTC)
    usual = max(depart, min(depart + USUAL_STAY, last - timedelta(days=1)))
    both: dict[str, Any] = {"depart": depart, "return": return_on or usual}
    return {
        "calendar": ("Fares of the month", month_address(travel, depart, nights)),
        "graph": (
            "Fares of 60 days",
            url_for("fares.graph", **party, depart=depart, nights=nights),
        ),
        "grid": ("Days around a return trip", url_for("fares.grid", **party, **both)),
    }


def _address_of_days(endpoint: str, travel: Travel, depart: date, return_on: date | None) -> str:
    back: dict[str, Any] = {"return": return_on} if return_on else {}
    return url_for(endpoint, **_parameters(travel), depart=depart, **back)


def _parameters(travel: Travel) -> dict[str, Any]:
    """Return the parameters that every address about this travel has."""
    party = travel.party
    every = {
        "adults": (party.adults, 1),
        "children": (party.children, 0),
        "infants": (party.infants, 0),
        "cabin": (travel.cabin.value, "economy"),
        "currency": (travel.currency, None),
    }
    changed = {name: value for name, (value, usual) in every.items() if value != usual}
    return {"origin": travel.origin.code, "destination": travel.destination.code, **changed}
