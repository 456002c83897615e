"""The base of every capability's errors."""


class DomainError(Exception):
    """What stood in the way of a command, as a fact; views choose the words for people."""


class Busy(DomainError):
    """The database refused the same work several times because of others doing theirs."""


class SettingsError(Exception):
    """A setting is missing or makes no sense; its text is one line that names the variable."""
