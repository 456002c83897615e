"""What stands in the way of holding, booking and cancelling."""

from webapp.errors import DomainError
from webapp.money import Money


class FormKeyReused(DomainError):
    """The form's key was used before, with another body."""


class FareChanged(DomainError):
    """The price is not the one that was shown; `total` is the price of this moment."""

    def __init__(self, total: Money) -> None:
        super().__init__(total)
        self.total = total


class TimesChanged(DomainError):
    """A flight leaves or arrives at another time than the traveller was shown."""


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
