"""Commands: close an account."""

from __future__ import annotations

from webapp.accounts.errors import MovedLately, WrongCredentials
from webapp.accounts.queries import put_back_until
from webapp.accounts.service import empty_account, is_password_of, locked_account
from webapp.accounts.travellers.service import forget_travellers
from webapp.alerts.service import stop_alerts_of
from webapp.booking.ownership import leave_account
from webapp.documents.calendar.service import revoke_feed
from webapp.notifications import service as notifications
from webapp.notifications.models import Kind
from webapp.notifications.preferences import forget_preferences
from webapp.search.recent.service import forget_searches


def close_account(user_id: int, password: str) -> None:
    """End an account: what was booked stays booked, what it kept besides is forgotten.

    A last mail says so, to the address of this moment. While somebody may still put back the one
    before, it may be a thief who asks. Raises WrongCredentials, MovedLately and AccountClosed.
    Locks the account, then its bookings; whoever is about to give it something has done so by
    then, or finds it closed.
    """
    user = locked_account(user_id)
    if put_back_until(user.id):
        raise MovedLately
    if not is_password_of(user, password):
        raise WrongCredentials
    notifications.plan(Kind.ACCOUNT_CLOSED, None, user.email, user_id=user.id)
    forget_preferences(user.id)
    leave_account(user.id, user.email)
    stop_alerts_of(user)
    forget_searches(user.id)
    forget_travellers(user.id)
    revoke_feed(user.id)
    empty_account(user)
