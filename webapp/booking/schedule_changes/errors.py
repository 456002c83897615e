"""What stands in the way of answering a schedule change."""

from webapp.errors import DomainError


class AlreadyAnswered(DomainError):
    """The change was answered before, or the airline took it back; `answer` says how."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class CannotBeFlown(DomainError):
    """The flight no longer reaches the next one, or is not reached by the one before."""


class LinkInvalid(DomainError):
    """The link is none of ours."""


class LinkOutdated(DomainError):
    """The link was ours, and does not say what it must by now."""
