"""What stands in the way of correcting a name."""

from collections.abc import Mapping, Sequence

from webapp.errors import DomainError


class NamesMoved(DomainError):
    """A passenger was checked in, cancelled or corrected since the form was shown."""


class AnotherPerson(DomainError):
    """Too much differs from who was booked: `fields` says what, by the passenger's position."""

    def __init__(self, fields: Mapping[int, Sequence[str]]) -> None:
        super().__init__(fields)
        self.fields = fields
