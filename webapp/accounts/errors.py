"""What stands in the way of registering and logging in."""

from webapp.errors import DomainError


class EmailTaken(DomainError):
    """An account with this address exists."""


class WrongCredentials(DomainError):
    """No account has this address and password; which of the two is wrong is not told."""


class MovedLately(DomainError):
    """The account moved to its address a few days ago, and may be put back to the one before."""


class AccountClosed(DomainError):
    """The account was closed meanwhile, in another tab or on another device."""


class LinkInvalid(DomainError):
    """The link is not one of ours."""


class LinkExpired(DomainError):
    """The link was good once; its time is over, or it was used."""


class NotStaff(DomainError):
    """No account of staff has this address, or no longer."""


class LastAdministrator(DomainError):
    """Nobody else whose address is confirmed could give rights to anybody."""
