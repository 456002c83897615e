"""Commands: follow a journey, confirm, change, pause and stop an alert, record a price."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from webapp import clock
from webapp.accounts.models import User
from webapp.accounts.queries import user_by_id
from webapp.accounts.service import keep_open
from webapp.alerts.errors import AlertNotOpen, AskedTooOften, NothingToFollow
from webapp.alerts.followers import Follower, owners_of
from webapp.alerts.models import AlertState, PriceAlert
from webapp.alerts.prices import has_come, is_worth_a_mail, next_base
from webapp.alerts.queries import alert_of, alerts_on, ended_long_ago, recipient_of
from webapp.db import change_rows, db, under_lock
from webapp.money import Money
from webapp.network.queries import directory
from webapp.notifications import service as notifications
from webapp.notifications.models import Kind, State
from webapp.notifications.queries import latest_about, planned_lately
from webapp.search.travel import Travel

QUIET = timedelta(hours=24)
QUESTIONS_A_DAY = 5


@dataclass(frozen=True)
class Wish:
    """When to be told: a rule, and its per cent or whole units."""

    rule: str
    threshold: int


def follow_journey(
    follower: Follower,
    travel: Travel,
    depart: date,
    return_on: date | None,
    price: Money | None,
    wish: Wish,
) -> PriceAlert:
    """Follow a journey's price from what it is now; following it again changes the rule.

    An address without an account is first asked by mail, and what it follows already is left as
    it is, since anybody can type an address. An account takes over what its confirmed address
    follows. Raises NothingToFollow, AskedTooOften and AccountClosed.
    """
    if price is None:
        raise NothingToFollow
    journey = travel.key(depart, return_on)
    if follower.user_id is not None:
        keep_open(follower.user_id)
        _take_over(follower.user_id, journey)
    alert = alert_of(follower.owner, journey)
    if alert is None:
        alert = _new_alert(follower, travel, depart, return_on, price, wish)
    elif follower.user_id is not None:
        alert.rule, alert.threshold, alert.base_minor = wish.rule, wish.threshold, price.minor
        alert.state, alert.seen_minor = AlertState.ACTIVE, price.minor
        # What moved before is measured no more, and may have been in another currency.
        alert.currency, alert.before_minor = price.currency, None
    if alert.state == AlertState.UNCONFIRMED:
        _ask_to_confirm(alert)
    return alert


def _take_over(user_id: int, journey: str) -> None:
    """Make one alert of an account of what it and its confirmed address follow."""
    user = user_by_id(user_id)
    assert user is not None  # It is kept open.
    known = alerts_on(user, journey)
    for each in known[1:]:
        db.session.delete(each)
    for each in known[:1]:
        each.owner, each.user_id = Follower(user.email, user.id).owner, user.id


def _new_alert(
    follower: Follower,
    travel: Travel,
    depart: date,
    return_on: date | None,
    price: Money,
    wish: Wish,
) -> PriceAlert:
    now, is_known = clock.now(), follower.user_id is not None
    alert = PriceAlert(
        owner=follower.owner,
        user_id=follower.user_id,
        email=follower.email,
        journey=travel.key(depart, return_on),
        origin=travel.origin.code,
        destination=travel.destination.code,
        depart=depart,
        return_on=return_on,
        adults=travel.party.adults,
        children=travel.party.children,
        infants=travel.party.infants,
        cabin=travel.cabin.value,
        rule=wish.rule,
        threshold=wish.threshold,
        currency=price.currency,
        base_minor=price.minor,
        seen_minor=price.minor,
        checked_at=now,
        state=AlertState.ACTIVE if is_known else AlertState.UNCONFIRMED,
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(alert)
    except IntegrityError:  # The form was sent twice, and the other one was first.
        known = alert_of(follower.owner, alert.journey)
        assert known is not None
        return known
    return alert


def confirm_alert(alert_id: int) -> PriceAlert | None:
    """Begin to follow: the address has answered. None where there is no such alert.

    Raises AlertNotOpen where the day of the journey has come meanwhile.
    """
    alert = _locked(alert_id)
    if alert and alert.state == AlertState.UNCONFIRMED:
        if has_come(alert, directory()):
            raise AlertNotOpen
        alert.state = AlertState.ACTIVE
    return alert


def change_rule(alert_id: int, wish: Wish) -> PriceAlert | None:
    """Wait for another move, measured from the last price seen. Raises AlertNotOpen."""
    alert = _locked(alert_id)
    if alert is None:
        return None
    _require_open(alert)
    alert.rule, alert.threshold = wish.rule, wish.threshold
    alert.base_minor = alert.seen_minor or alert.base_minor
    return alert


def pause_alert(alert_id: int, is_paused: bool) -> PriceAlert | None:
    """Stop telling for now, or go on. Raises AlertNotOpen."""
    alert = _locked(alert_id)
    if alert is None:
        return None
    _require_open(alert)
    alert.state = AlertState.PAUSED if is_paused else AlertState.ACTIVE
    return alert


def stop_alert(alert_id: int) -> None:
    """Forget an alert. Safe to ask twice."""
    db.session.execute(delete(PriceAlert).where(PriceAlert.id == alert_id))


def stop_alerts_of(user: User) -> None:
    """Forget every alert of an account."""
    db.session.execute(delete(PriceAlert).where(PriceAlert.owner.in_(owners_of(user))))


def forget_alerts(alert_ids: Collection[int]) -> None:
    """Forget alerts that ended long ago. Safe to repeat."""
    change_rows(delete(PriceAlert).where(PriceAlert.id.in_(alert_ids), *ended_long_ago()))


def end_alert(alert_id: int) -> None:
    """End an alert whose day has come."""
    alert = _locked(alert_id)
    if alert:
        alert.state = AlertState.ENDED


def record_price(alert_id: int, price: Money | None) -> None:
    """Record what a check found, and plan a mail if the rule waits for it.

    At most one mail in 24 hours: a move within them is told when they are over, if it is still
    one. Safe to run twice: the second run finds the base moved, and the mail's key is unique.
    """
    alert = _locked(alert_id)
    if alert is None or alert.state != AlertState.ACTIVE:
        return
    now = clock.now()
    _take_back_untold(alert)
    alert.checked_at = now
    alert.seen_minor = price.minor if price and price.currency == alert.currency else None
    if alert.seen_minor is None:
        return
    if not is_worth_a_mail(alert, alert.base_minor, alert.seen_minor):
        alert.base_minor = next_base(alert, alert.seen_minor)
        return
    if alert.told_at is not None and now - alert.told_at < QUIET:
        return
    alert.before_minor, alert.base_minor, alert.told_at = alert.base_minor, alert.seen_minor, now
    _plan(Kind.PRICE_ALERT, alert, now.isoformat(timespec="seconds"))


def _take_back_untold(alert: PriceAlert) -> None:
    """Measure from what was told last, where the mail about the latest move was withheld."""
    if alert.told_at is not None and alert.before_minor is not None:
        told = latest_about(Kind.PRICE_ALERT, _about(alert))
        if told is not None and told.state == State.WITHHELD:
            alert.base_minor, alert.told_at = alert.before_minor, None


def _ask_to_confirm(alert: PriceAlert) -> None:
    # Once a day for each journey, however often somebody types the address.
    serial = clock.now().date().isoformat()
    if planned_lately(Kind.ALERT_OPENED, alert.email, QUIET) >= QUESTIONS_A_DAY:
        raise AskedTooOften
    try:
        with db.session.begin_nested():
            _plan(Kind.ALERT_OPENED, alert, serial)
    except IntegrityError:
        return


def _plan(kind: Kind, alert: PriceAlert, serial: str) -> None:
    notifications.plan(
        kind,
        None,
        recipient_of(alert),
        user_id=alert.user_id,
        about=_about(alert),
        serial=serial,
    )


def _about(alert: PriceAlert) -> str:
    return f"alert:{alert.id}"


def _require_open(alert: PriceAlert) -> None:
    if alert.state not in (AlertState.ACTIVE, AlertState.PAUSED):
        raise AlertNotOpen


def _locked(alert_id: int) -> PriceAlert | None:
    return db.session.scalar(under_lock(select(PriceAlert).where(PriceAlert.id == alert_id)))
