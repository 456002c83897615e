"""Commands: register, log in, lock an account, empty it, make sure that a user exists."""

from __future__ import annotations

from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from webapp import clock
from webapp.accounts.errors import AccountClosed, EmailTaken, WrongCredentials
from webapp.accounts.models import NO_PASSWORD, EmailChange, Role, User
from webapp.accounts.queries import is_kept_for_another, user_by_email, user_by_id
from webapp.db import db, under_lock
from webapp.notifications import service as notifications
from webapp.notifications.models import Kind

# OWASP's second argon2id profile: 19 MiB and two passes, so that a burst of log-ins does not
# take the memory of the web processes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified against when an address is unknown, so that the answer takes the same time.
_NOBODY = _hasher.hash("nobody's password")


SHORTEST, LONGEST = 10, 200
PASSWORD_RULE = f"Use from {SHORTEST} to {LONGEST} characters; a few words do well."
# Without the digits and marks that people add to them.
_TRIED_FIRST = {
    "asdfghjkl",
    "fairwind",
    "iloveyou",
    "letmein",
    "motdepasse",
    "password",
    "passwort",
    "qwerty",
    "qwertyuiop",
    "welcome",
}


def is_tried_first(password: str) -> bool:
    """Tell whether somebody else would try a password among the first."""
    typed = password.casefold()
    # Of rows such as 1234567890 and abababab, each letter follows from the one before.
    steps = {ord(after) - ord(before) for before, after in pairwise(typed)}
    letters = "".join(filter(str.isalpha, typed))
    return len(steps) <= 2 or len(set(typed)) < 4 or letters in _TRIED_FIRST


def normal_email(text: str) -> str:
    """Return an address in the one form it is stored in; raises ValueError with words for people.

    Mail servers in use everywhere treat the local part without regard to case, so we do too.
    """
    try:
        # Special-use domains (example.com, .test) are what demonstrations and tests live on.
        checked = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    return checked.normalized.lower()


def register(email: str, password: str) -> User:
    """Make a customer's account and plan the mail that says so. Raises EmailTaken."""
    if is_kept_for_another(normal_email(email), None):
        raise EmailTaken
    user = add_user(email, password, Role.CUSTOMER, None)
    notifications.plan(Kind.WELCOME, None, user.email, user_id=user.id)
    return user


def log_in(email: str, password: str) -> User:
    """Return the user with this address and password. Raises WrongCredentials."""
    try:
        user = user_by_email(normal_email(email))
    except ValueError:
        user = None
    try:
        _hasher.verify(user.password_hash if user else _NOBODY, password)
    except VerificationError as error:
        raise WrongCredentials from error
    if user is None:
        raise WrongCredentials
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = hash_of(password)
    return user


def log_out(user_id: int) -> None:
    """End every session of a user, also one whose cookie somebody copied."""
    user = user_by_id(user_id)
    if user is not None:
        end_sessions(user)


def end_sessions(user: User) -> None:
    """Make every session cookie of a user worthless."""
    user.session_epoch += 1


def locked_account(user_id: int) -> User:
    """Return an account as it is now, and let nobody else change it before the commit.

    Raises AccountClosed.
    """
    user = db.session.scalars(under_lock(select(User).where(User.id == user_id))).one()
    if user.is_closed:
        raise AccountClosed
    return user


def keep_open(user_id: int) -> None:
    """Let nobody close an account that is given something. Raises AccountClosed."""
    query = select(User.password_hash).where(User.id == user_id)
    if db.session.scalar(query.with_for_update(read=True)) == NO_PASSWORD:
        raise AccountClosed


def empty_account(user: User) -> None:
    """Leave of an account the bare row, which its mails refer to, and end its sessions.

    Its id stays taken: a cookie or a link that names it opens nobody else's account. Its moves to
    other addresses stay as bare, for the links in their mails name them; those are too old.
    """
    nothing = f"closed-{user.id}"  # No address, so that nobody can log in with it.
    moves = update(EmailChange).where(EmailChange.user_id == user.id)
    db.session.execute(moves.values(before=nothing, after=nothing))
    user.email, user.password_hash, user.email_verified_at = nothing, NO_PASSWORD, None
    end_sessions(user)


def hash_of(password: str) -> str:
    """Return what is stored of a password."""
    return _hasher.hash(password)


def is_password_of(user: User, password: str) -> bool:
    """Tell whether a password is the user's present one."""
    try:
        return _hasher.verify(user.password_hash, password)
    except VerificationError:
        return False


def ensure_user(email: str, password: str, role: Role, airline_iata: str | None = None) -> User:
    """Return the user with this address, made if need be; an existing one is left as it is.

    Whoever makes it vouches for the address.
    """
    user = user_by_email(normal_email(email))
    if user is None:
        user = add_user(email, password, role, airline_iata)
        user.email_verified_at = user.created_at
    return user


def add_user(email: str, password: str, role: Role, airline_iata: str | None) -> User:
    """Make an account. Raises EmailTaken."""
    user = User(
        email=normal_email(email),
        password_hash=hash_of(password),
        role=role,
        airline_iata=airline_iata,
        created_at=clock.now(),
    )
    db.session.add(user)
    try:
        db.session.flush()  # The unique address is the last word on who was first.
    except IntegrityError as error:
        raise EmailTaken from error
    return user
