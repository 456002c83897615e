"""What stands in the way of holding, booking and cancelling."""

from webapp.errors import DomainError
from webapp.money import Money


class FormKeyReused(DomainError):
    """The form's key was used before, with another body."""


class FareChanged(DomainError):
    """The price is not the one that was shown.

    `light_total` is what an offer would say at this moment, `total` the price in the family that
    was chosen.
    """

    def __init__(self, light_total: Money, total: Money) -> None:
        super().__init__(light_total, total)
        self.light_total = light_total
        self.total = total


class TotalChanged(DomainError):
    """The price of a hold or of what was confirmed, seats included, is not the one agreed to."""


class TimesChanged(DomainError):
    """A flight leaves or arrives at another time than the traveller was shown."""


class ConnectionBroken(DomainError):
    """Flights were moved so that one of them is no longer reached in time."""


class NotBooked(DomainError):
    """The booking is not confirmed, or no more."""


class HoldExpired(DomainError):
    """The seats are no longer kept for this party."""


class PassengersMissing(DomainError):
    """Somebody in the party has no name yet."""


class NotCancellable(DomainError):
    """The booking is not confirmed, or its first flight has left."""


class QuoteInvalid(DomainError):
    """The text is not a quote of ours for this booking."""


class QuoteOutdated(DomainError):
    """The quote's time is over, or it is no longer what the act would cost."""
