"""What each variable of the environment may say, and the line that refuses anything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.errors import InvalidHeaderDefect
from email.policy import default as mail_policy
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from webapp.errors import SettingsError

# No refusal shows an address itself: there may be a password in it.


def read_database_url(value: str) -> str:
    """Return the address of a database that SQLAlchemy can read."""
    if value.startswith("sqlite:"):
        if not value.startswith("sqlite:///") or value == "sqlite:///":
            raise SettingsError("DATABASE_URL names no file; it takes sqlite:////folder/file")
        return value
    _split("DATABASE_URL", value, ("mysql+pymysql", "sqlite"))
    if value.partition("?")[0].count("@") > 1:
        # The driver ends the password at the first, and would take the rest for a host's name.
        raise SettingsError("DATABASE_URL has more than one @; write @ in a password as %40")
    try:
        database = make_url(value).database
    except (ArgumentError, ValueError):
        raise SettingsError(
            "DATABASE_URL is no address; it takes mysql+pymysql://host/name"
        ) from None
    if not (database or "").strip("/"):
        raise SettingsError("DATABASE_URL names no database; it takes mysql+pymysql://host/name")
    return value


def read_broker_url(value: str) -> str:
    """Return the address of a broker; what stands behind its host is for the driver to read."""
    _split("BROKER_URL", value, ("amqp", "amqps"))
    return value


def read_mail_url(value: str) -> str:
    """Return the address of a mail server, of which no part would be passed over."""
    parts = _split("MAIL_URL", value, ("smtp", "smtps", "smtp+starttls"))
    _end_at_host("MAIL_URL", parts)
    if bool(parts.username) != bool(parts.password):
        raise SettingsError("MAIL_URL names a user or a password alone; it takes user:password@")
    if not unquote(parts.netloc.rpartition("@")[0]).isascii():
        raise SettingsError("MAIL_URL has a letter beyond ASCII in its user or password")
    return value


def read_base_url(value: str) -> str:
    """Return the address of the site, as browsers send it."""
    # It has no path and no user, and nothing else in it is told apart by capitals.
    parts = _split("BASE_URL", value.lower(), ("http", "https"))
    _end_at_host("BASE_URL", parts)
    if "@" in parts.netloc:
        raise SettingsError("BASE_URL names a user; the site has one address for everybody")
    return f"{parts.scheme}://{parts.netloc}"


def read_mail_from(value: str) -> str:
    """Return the sender: one address, with or without a name."""
    try:
        header = mail_policy.header_factory("From", value)
        defects, addresses = header.defects, header.addresses
    except (AttributeError, IndexError, TypeError):  # As its parser ends where a part is missing.
        defects, addresses = (), ()
    is_odd = any(isinstance(defect, InvalidHeaderDefect) for defect in defects)
    if is_odd or not value.isprintable() or len(addresses) != 1:
        raise SettingsError("MAIL_FROM is not one address; write it like Fairwind <trips@host>")
    return value


def whole_number(given: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    """Return a number, written in the digits 0 to 9."""
    value = given[name] or str(default)
    is_number = len(value) <= 5 and value.isascii() and value.isdecimal()
    if not is_number or not least <= int(value) < 65_536:
        raise SettingsError(f"{name}={value[:40]} is not a whole number from {least} to 65535")
    return int(value)


def yes_or_no(given: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Return whether it says yes."""
    value = given[name] or ("yes" if default else "no")
    if value not in ("yes", "no"):
        raise SettingsError(f"{name}={value[:40]} is not known; use yes or no")
    return value == "yes"


def _split(name: str, value: str, schemes: Sequence[str]) -> SplitResult:
    expected = " or ".join(f"{scheme}://" for scheme in schemes)
    if " " in value or not value.isprintable():
        raise SettingsError(f"{name} has a blank in it; in a password that is written %20")
    try:
        parts = urlsplit(value)
        host, is_odd = parts.hostname or "", parts.port == 0 or parts.netloc.endswith(":")
    except ValueError:
        is_odd = True
    if is_odd:
        raise SettingsError(f"{name} has an odd host or port; it takes {expected}host")
    scheme = value[: len(parts.scheme)]  # As it is written: no library takes it in capitals.
    if scheme not in schemes:
        raise SettingsError(f"{name} starts with {scheme or 'nothing'}; it takes {expected}")
    if not host.strip("."):
        raise SettingsError(f"{name} names no host; it takes an address like {scheme}://host")
    return parts


def _end_at_host(name: str, parts: SplitResult) -> None:
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(f"{name} goes on after its host and port; it takes no more than these")
