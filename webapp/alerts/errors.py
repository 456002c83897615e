"""What stood in the way of following a price."""

from __future__ import annotations

from webapp.errors import DomainError


class NothingToFollow(DomainError):
    """No seats are left for this party, so there is no price to follow."""


class AskedTooOften(DomainError):
    """The address was asked about so many journeys today that it is asked no more."""


class AlertNotOpen(DomainError):
    """The alert has ended, or waits for its address to be confirmed."""
