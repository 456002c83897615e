"""What stands in the way of changing a journey."""

from __future__ import annotations

from webapp.booking.journeys import Journey
from webapp.errors import DomainError


class NotChangeable(DomainError):
    """The journey is not booked, or has left."""


class FareNotChangeable(DomainError):
    """The fare was sold without changes, and the airline gave no reason for one."""


class SameFlights(DomainError):
    """The journey has these flights already."""


class OtherWay(DomainError):
    """The new flights lead elsewhere than the journey."""


class JourneysOverlap(DomainError):
    """The way back would leave before the way out has arrived, with the time for a change.

    `other` is the journey that is in the way, None where it is the flown part of the same one.
    """

    def __init__(self, other: Journey | None = None) -> None:
        super().__init__(other)
        self.other = other


class PassengerGrown(DomainError):
    """Somebody is of another kind on the new day: an infant turned 2, or a child 12."""


class DayNotOnSale(DomainError):
    """The day is over or too far ahead; `words` say so as the search does."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(words)
        self.words = words
