"""What stands in the way of a document."""

from webapp.errors import DomainError


class NotCheckedIn(DomainError):
    """The passenger is not checked in for this flight, so there is no boarding pass."""
