"""What stands in the way of sitting there."""

from webapp.errors import DomainError


class SeatTaken(DomainError):
    """Somebody has the seat."""


class SeatUnknown(DomainError):
    """The cabin has no such seat to give."""


class SeatAtExit(DomainError):
    """Children, and adults who mind somebody, may not sit at an emergency exit."""


class SeatsClosed(DomainError):
    """The flight is about to leave or does not fly, or the booking has ended."""


class SeatNotPaid(DomainError):
    """The seat costs `extra_minor` more than was agreed to."""

    def __init__(self, extra_minor: int) -> None:
        super().__init__(extra_minor)
        self.extra_minor = extra_minor
