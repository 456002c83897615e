"""Price checks: what the prices that somebody follows are now, and what becomes of that."""

from __future__ import annotations

from functools import partial

from webapp.alerts import service
from webapp.alerts.models import PriceAlert
from webapp.alerts.prices import has_come, lowest_price, travel_of
from webapp.alerts.queries import (
    alert_by_id,
    alerts_left_unconfirmed,
    alerts_out_of_time,
    alerts_to_check,
    is_to_be_checked,
)
from webapp.db import in_transaction
from webapp.money import Money
from webapp.network.queries import directory


def check_prices() -> None:
    """Look at the prices that nobody looked at for an hour, each journey once.

    Each alert has a transaction of its own. One whose day has come ends, paused or not, and an
    address that did not answer is forgotten.
    """
    prices: dict[tuple[str, str], Money | None] = {}
    for alert_id in alerts_to_check():
        alert = alert_by_id(alert_id)
        # Another run may have been quicker.
        if alert is not None and is_to_be_checked(alert):
            # Prices are read outside a transaction: a search takes its time.
            journey = alert.journey, alert.currency
            if journey not in prices:
                prices[journey] = _price_of(alert)
            in_transaction(partial(_record, alert_id, prices[journey]))
    for alert in alerts_out_of_time():
        if has_come(alert, directory()):
            in_transaction(partial(service.end_alert, alert.id))
    for alert_id in alerts_left_unconfirmed():
        in_transaction(partial(service.stop_alert, alert_id))


def _price_of(alert: PriceAlert) -> Money | None:
    travel = travel_of(alert, directory())
    if travel is None:
        return None
    return lowest_price(travel, alert.depart, alert.return_on, directory())


def _record(alert_id: int, price: Money | None) -> None:
    alert = alert_by_id(alert_id)
    if alert is not None and has_come(alert, directory()):
        service.end_alert(alert_id)
    else:
        service.record_price(alert_id, price)
