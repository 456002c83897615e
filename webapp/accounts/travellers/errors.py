"""What stands in the way of keeping a traveller."""

from webapp.errors import DomainError


class TravellerKnown(DomainError):
    """The account has saved this person already."""


class TravellerGone(DomainError):
    """The account has no such traveller, or no longer."""
