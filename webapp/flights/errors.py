"""What stands in the way of selling and managing flights."""

from datetime import date

from webapp.errors import DomainError


class NoSeatsLeft(DomainError):
    """Fewer seats are left in the cabin than the party needs."""

    def __init__(self, flight_id: int) -> None:
        super().__init__(flight_id)
        self.flight_id = flight_id


class ClaimLost(DomainError):
    """The seats are no longer held: the hold ran out, or was released before."""


class ScheduleEndsBefore(DomainError):
    """The schedule ends earlier than somebody wants it to."""

    def __init__(self, ends_on: date) -> None:
        super().__init__(ends_on)
        self.ends_on = ends_on


class ScheduleChanged(DomainError):
    """Somebody gave the schedule other times after it was shown, or its flights move still."""


class ScheduleBegins(DomainError):
    """Another schedule of the same number begins on that day."""


class FlightExists(DomainError):
    """This flight number leaves this airport on this date already."""


class FlightNotOpen(DomainError):
    """The flight has departed, has arrived or is cancelled."""


class FlightChanged(DomainError):
    """Somebody changed the flight after it was shown to whoever confirms a change now."""


class SeatsTaken(DomainError):
    """More seats of a cabin are sold or held than would be for sale."""

    def __init__(self, cabin: str, taken: int) -> None:
        super().__init__(cabin, taken)
        self.cabin, self.taken = cabin, taken


class AircraftTooSmall(DomainError):
    """More seats are sold or held in a cabin than the other aircraft has."""

    def __init__(self, cabin: str, taken: int, capacity: int) -> None:
        super().__init__(cabin, taken, capacity)
        self.cabin, self.taken, self.capacity = cabin, taken, capacity
