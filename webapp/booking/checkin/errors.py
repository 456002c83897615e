"""What stands in the way of checking in."""

from webapp.errors import DomainError


class CheckInNotOpen(DomainError):
    """No flight of the booking can be checked in for at this moment."""


class FlightsChanged(DomainError):
    """Other flights are open than those that the party was shown."""


class MinorAlone(DomainError):
    """A child or an infant would board without an adult of the party."""


class NoSeatFree(DomainError):
    """The cabin has no free seat; the airport's desk finds one."""
