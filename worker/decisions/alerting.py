"""Mails about prices that somebody follows."""

from __future__ import annotations

from flask import current_app

from webapp.alerts.models import AlertState, PriceAlert
from webapp.alerts.prices import has_come, is_worth_a_mail, lowest_price
from webapp.alerts.queries import alert_by_id
from webapp.alerts.showing import Shown, shown_alert
from webapp.money import Money
from webapp.network.queries import directory
from webapp.notifications.models import UNSUBSCRIBED, Kind, Notification
from worker.decisions.outcome import Decision, Mail, Withheld


def about_alert(notification: Notification) -> Decision:
    """Tell of a price as it is at this moment, or ask an address whether it wants to know."""
    alert = alert_by_id(int((notification.about or "").partition(":")[2]))
    if alert is None:
        return Withheld(UNSUBSCRIBED)
    shown = shown_alert(alert, directory())
    if shown is None or has_come(alert, directory()):
        return Withheld("the day of the journey has come")
    if notification.kind == Kind.ALERT_OPENED:
        return _opened(alert, shown)
    return _moved(alert, shown)


def _opened(alert: PriceAlert, shown: Shown) -> Decision:
    if alert.state != AlertState.UNCONFIRMED:
        return Withheld("confirmed already")
    return Mail(Kind.ALERT_OPENED, _links(shown))


def _moved(alert: PriceAlert, shown: Shown) -> Decision:
    if alert.state != AlertState.ACTIVE:
        return Withheld(alert.state)
    if alert.before_minor is None:
        return Withheld("followed anew since")
    now = lowest_price(shown.travel, alert.depart, alert.return_on, directory())
    if now is None:
        return Withheld("no seats are left")
    if not is_worth_a_mail(alert, alert.before_minor, now.minor):
        return Withheld("the price has moved back")
    before = Money(alert.before_minor, alert.currency)
    return Mail(Kind.PRICE_ALERT, _links(shown) | {"now": now, "before": before})


def _links(shown: Shown) -> dict[str, object]:
    base_url = current_app.config["SETTINGS"].base_url
    return {
        "shown": shown,
        "manage": f"{base_url}/alerts/{shown.token}",
        "unsubscribe": f"{base_url}/alerts/{shown.token}/stop",
    }
