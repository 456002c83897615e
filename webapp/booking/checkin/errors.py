"""What stands in the way of checking in."""

from webapp.errors import DomainError


class CheckInNotOpen(DomainError):
    """No flight of the booking can be checked in for at this moment."""


class MinorAlone(DomainError):
    """A child or an infant would board without an adult of the party."""


class NoSeatFree(DomainError):
    """The cabin has no free seat; the airport's desk finds one."""
