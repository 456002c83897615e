"""Showing: an alert as pages and mails tell it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from webapp.alerts.links import token_of
from webapp.alerts.models import AlertState, PriceAlert, Rule
from webapp.alerts.prices import travel_of
from webapp.alerts.queries import recipient_of
from webapp.formats import short_day
from webapp.money import Money, format_money, minor_per_unit
from webapp.network.queries import Directory, directory
from webapp.search.fares.addresses import search_address
from webapp.search.travel import Travel


@dataclass(frozen=True)
class Shown:
    """An alert with its travel, its prices as money and the word that stands for it."""

    alert: PriceAlert
    travel: Travel
    token: str
    rule: str
    base: Money
    seen: Money | None
    email: str

    @property
    def is_open(self) -> bool:
        """Tell whether it can be changed."""
        return self.alert.state in (AlertState.ACTIVE, AlertState.PAUSED)

    @property
    def href(self) -> str:
        """The address of its search, in its own currency where there are several."""
        currency = self.alert.currency if len(directory().currencies) > 1 else None
        travel = replace(self.travel, currency=currency)
        return search_address(travel, self.alert.depart, self.alert.return_on)

    @property
    def days(self) -> str:
        """When it is: Tue 1 Dec, or Tue 1 Dec – Tue 8 Dec."""
        alert = self.alert
        back = f" – {short_day(alert.return_on)}" if alert.return_on else ""
        return f"{short_day(alert.depart)}{back}"


def shown_alert(alert: PriceAlert, network: Directory) -> Shown | None:
    """Return an alert as it is told; None where a place of it is no longer flown to."""
    travel = travel_of(alert, network)
    if travel is None:
        return None
    seen = None if alert.seen_minor is None else Money(alert.seen_minor, alert.currency)
    return Shown(
        alert,
        travel,
        token_of(alert),
        rule_in_words(alert.rule, alert.threshold, alert.currency),
        Money(alert.base_minor, alert.currency),
        seen,
        recipient_of(alert),
    )


def rule_in_words(rule: str, threshold: int, currency: str) -> str:
    """Write when a mail is sent: when the price moves by 5 %."""
    if rule == Rule.PERCENT:
        return f"when the price moves by {threshold} %"
    amount = format_money(threshold * minor_per_unit(currency), currency)
    if rule == Rule.AMOUNT:
        return f"when the price moves by {amount}"
    return f"when the price falls to {amount} or less"
