"""What stands in the way of dividing a booking."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.booking.cancellation.rest import SeatLost
from webapp.booking.models import Passenger
from webapp.errors import DomainError


class NotDivisible(DomainError):
    """Nothing of the booking can be changed or cancelled any more."""


class PartyMoved(DomainError):
    """Somebody who was chosen is no longer of the party."""


class NobodyChosen(DomainError):
    """Nobody would leave."""


class NobodyStays(DomainError):
    """Nobody would be left."""


class HasBoardingPass(DomainError):
    """Some have boarding passes, which bear the reference and the seat, or say on whose lap."""

    def __init__(self, passengers: Sequence[Passenger]) -> None:
        super().__init__(passengers)
        self.passengers = passengers


class SeatsAtExit(DomainError):
    """Some sit in exit rows who would mind a child alone, or an infant: they are to agree to move.

    `agreed` is what a form says by which they do.
    """

    def __init__(self, seats: Sequence[SeatLost], agreed: str) -> None:
        super().__init__(seats, agreed)
        self.seats, self.agreed = seats, agreed
