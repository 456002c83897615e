"""What stands in the way of doing something to a mail."""

from webapp.errors import DomainError


class NotSendable(DomainError):
    """The mail is in a worker's hands, or settled, or not settled: not what this was asked of."""


class TooOften(DomainError):
    """The mail was sent again a moment ago, or often enough for a day."""
