"""What stands in the way of cancelling a part of a booking."""

from webapp.errors import DomainError


class ChildLeftAlone(DomainError):
    """A child or an infant would travel without an adult."""


class LapMissing(DomainError):
    """More infants would travel than adults, on whose laps they sit."""
