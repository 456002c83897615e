"""What is a correction of a name: a slip of the finger, and not another person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any

from webapp.booking.checkin.queries import has_pass_ahead
from webapp.booking.models import Booking, Passenger
from webapp.booking.party import PassengerNames, kind_on
from webapp.booking.trips import Trip
from webapp.signing import signer
from webapp.spelling import plain
from webapp.titles import without_titles

# The line of history of a correction: it keeps from what, so that who was booked stays known.
CORRECTED = "name_corrected"
# So many letters of a name may differ, and half of a short one.
MOST_LETTERS = 3
_SPACES = re.compile(r"[\s-]+")


def may_correct(trip: Trip, passenger: Passenger) -> bool:
    """Tell whether a passenger has no boarding pass yet for what is still to be flown."""
    return trip.is_upcoming and not has_pass_ahead(trip, passenger)


def first_booked(booking: Booking) -> dict[int, PassengerNames]:
    """Return who was booked, by position: what was there before the first correction."""
    booked = {each.position: PassengerNames.of(each) for each in booking.passengers}
    for event in reversed(booking.events):
        if event.what == CORRECTED:
            booked[event.before["position"]] = _read(event.before)
    return booked


def as_seen(booking_id: int, position: int, names: PassengerNames) -> str:
    """Return what a form carries to tell whether names are still those that it showed.

    Of the signed words the signature alone: not everybody who corrects names may see birthdays. It
    is of this passenger alone, so that no booking of one's own tells whose birthday is the same.
    """
    words = [booking_id, position, names.given_name, names.family_name, names.born_on.isoformat()]
    return signer("names-as-seen").dumps(words).rpartition(".")[2]


def as_line(position: int, names: PassengerNames) -> dict[str, Any]:
    """Return names as a line of history keeps them."""
    return {
        "position": position,
        "given_name": names.given_name,
        "family_name": names.family_name,
        "born_on": names.born_on.isoformat(),
    }


def _read(line: Mapping[str, Any]) -> PassengerNames:
    born_on = date.fromisoformat(line["born_on"])
    return PassengerNames(line["given_name"], line["family_name"], born_on)


def too_different(
    trip: Trip, passenger: Passenger, booked: PassengerNames, typed: PassengerNames
) -> list[str]:
    """Return what makes another person of a passenger than was booked, as names of fields.

    Given and family name may have changed places. A date of birth must leave the passenger of the
    kind that was paid for.
    """
    swapped = replace(booked, given_name=booked.family_name, family_name=booked.given_name)
    fields = _strange_names(swapped, typed) and _strange_names(booked, typed)
    if typed.born_on != passenger.born_on and kind_on(trip.last_day, typed.born_on) != (
        passenger.kind
    ):
        fields = [*fields, "born_on"]
    return fields


def _strange_names(booked: PassengerNames, typed: PassengerNames) -> list[str]:
    return [
        field
        for field in ("given_name", "family_name")
        if not _is_mistyped(getattr(booked, field), getattr(typed, field))
    ]


def _is_mistyped(booked: str, typed: str) -> bool:
    """Tell whether one name was meant by another: one word may be new, or one too many be gone.

    Titles, which some wrote before they were asked to leave them out, are no part of it.
    """
    booked = without_titles(booked)
    return _is_within(booked, typed) or _is_within(typed, booked)


def _is_within(name: str, longer: str) -> bool:
    """Tell whether a name is meant by some of the words of one that has one more at most."""
    words = [plain(word) for word in _SPACES.split(longer)]
    if len(words) > len(_SPACES.split(name)) + 1:
        return False
    runs = combinations(range(len(words) + 1), 2)
    return any(_are_near(plain(name), "".join(words[start:end])) for start, end in runs)


def _are_near(booked: str, typed: str) -> bool:
    most = min(MOST_LETTERS, (min(len(booked), len(typed)) + 1) // 2)
    return abs(len(booked) - len(typed)) <= most and letters_between(booked, typed) <= most


def letters_between(one: str, other: str) -> int:
    """Return how many letters have to be put in, left out or replaced (Levenshtein, 1965)."""
    row = list(range(len(other) + 1))
    for count, letter in enumerate(one, 1):
        left = count
        above, row[0] = row[0], count
        for place, each in enumerate(other, 1):
            left = min(left + 1, row[place] + 1, above + (letter != each))
            above, row[place] = row[place], left
    return row[-1]
