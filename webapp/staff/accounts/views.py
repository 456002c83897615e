"""The accounts of staff: who has one, inviting, moving to another airline, ending their rights."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from flask import Blueprint, Response, abort, flash, url_for
from flask_login import current_user

from webapp.accounts.errors import (
    AccountClosed,
    EmailTaken,
    LastAdministrator,
    MovedLately,
    NotStaff,
)
from webapp.accounts.models import Role, User
from webapp.accounts.queries import staff_accounts
from webapp.accounts.rights import service
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.network.queries import directory
from webapp.security import staff_required
from webapp.staff.accounts.forms import DemoteStaffForm, InviteStaffForm, MoveStaffForm

blueprint = Blueprint("staff_accounts", __name__, url_prefix="/staff/accounts")
Offered = TypeVar("Offered", bound=MoveStaffForm)
log = logging.getLogger("fairwind.accounts")


def administrators_only(view: Callable[[], Response]) -> Callable[[], Response]:
    """Open a view to administrators; to others it does not exist."""

    @wraps(view)
    def guarded() -> Response:
        if current_user.role != Role.ADMIN:
            abort(404)
        return view()

    return staff_required(guarded)


@blueprint.get("")
@administrators_only
def accounts() -> Response:
    """Show who may work here, and for which airline."""
    return _show(200, _offered(InviteStaffForm()))


@blueprint.post("")
@administrators_only
def invite_staff() -> Response:
    """Let somebody work here, and mail them the link to a password of their own."""
    form = _offered(InviteStaffForm())
    if not form.validate():
        return _show(422, form)
    try:
        with transaction():
            user, travels = service.invite_staff(str(form.email.data), form.airline)
    except EmailTaken:
        form.email.errors = ["Somebody who works here has this address, or had it until lately."]
        return _show(409, form)
    except (AccountClosed, MovedLately):
        form.email.errors = [
            "The account with this address came to it, or was closed, a few days ago. "
            "Invite them at another address."
        ]
        return _show(409, form)
    _log("invited", user)
    flash(
        f"{user.email} is invited: the mail with the link to a password is on its way."
        + (
            " It is the account of a traveller, who keeps the trips; the old password opens it no "
            "more, and it is logged out everywhere."
            if travels
            else ""
        )
    )
    return redirect(url_for("staff_accounts.accounts"))


@blueprint.post("/move")
@administrators_only
def move_staff() -> Response:
    """Let somebody work for another airline, or for all of them."""
    form = _offered(MoveStaffForm())
    if not form.validate():
        return _refuse("Choose somebody who works here, and an airline.", 422)
    try:
        with transaction():
            user = service.move_staff(str(form.email.data), form.airline)
    except (NotStaff, LastAdministrator) as error:
        return _refuse(_why(error), 409)
    _log("moved", user)
    now_for = directory().airlines.get(user.airline_iata or "", "all airlines")
    flash(f"{user.email} works for {now_for} now.")
    return redirect(url_for("staff_accounts.accounts"))


@blueprint.post("/end")
@administrators_only
def demote_staff() -> Response:
    """End what somebody may do here, and every session of theirs."""
    form = DemoteStaffForm()
    if not form.validate():
        return _refuse("Choose somebody who works here.", 422)
    try:
        with transaction():
            user = service.demote_staff(str(form.email.data))
    except (NotStaff, LastAdministrator) as error:
        return _refuse(_why(error), 409)
    _log("demoted", user)
    flash(f"{user.email} works here no more, and is logged out everywhere.")
    return redirect(url_for("staff_accounts.accounts"))


def _why(error: NotStaff | LastAdministrator) -> str:
    if isinstance(error, LastAdministrator):
        return (
            "No other administrator would be left who can log in. Invite one first, and wait until "
            "they have chosen a password."
        )
    return "This account does not work here any more."


def _offered(form: Offered) -> Offered:
    form.offer_airlines(directory().airlines)
    return form


def _refuse(why: str, status: int) -> Response:
    return _show(status, _offered(InviteStaffForm(formdata=None)), why)


def _show(status: int, form: InviteStaffForm, refused: str | None = None) -> Response:
    return render(
        "staff/accounts.html",
        status=status,
        form=form,
        refused=refused,
        accounts=staff_accounts(),
        names=directory().airlines,
    )


def _log(what: str, user: User) -> None:
    log.info("event=staff.%s id=%s by=%s", what, user.id, current_user.id)
