"""Following a price from a search, the list of alerts, and each alert by the link in its mails."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_login import current_user, login_required

from webapp.alerts import service
from webapp.alerts.errors import AlertNotOpen, AskedTooOften, NothingToFollow
from webapp.alerts.followers import Follower
from webapp.alerts.forms import GuestRuleForm, RuleForm
from webapp.alerts.links import alert_id_of, token_of
from webapp.alerts.models import AlertState, PriceAlert
from webapp.alerts.prices import lowest_price
from webapp.alerts.queries import alert_by_id, alerts_of, alerts_on
from webapp.alerts.showing import Shown, rule_in_words, shown_alert
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.network.queries import directory
from webapp.search.criteria import read_criteria
from webapp.search.fares.addresses import follow_address, search_address
from webapp.search.forms import SearchForm
from webapp.search.travel import Travel, travel_of
from webapp.security import csrf, limiter

blueprint = Blueprint("alerts", __name__, url_prefix="/alerts")


@blueprint.route("/follow", methods=["GET", "POST"])
@limiter.limit("30 per hour", methods=["POST"])
def follow_journey() -> Response:
    """Follow the lowest price of a search, which the address names."""
    network = directory()
    criteria = read_criteria(SearchForm(request.args), network)
    if criteria is None:
        # The search itself has the words for what cannot be.
        asked = request.query_string.decode("ascii", "replace")
        return redirect(f"{url_for('search.flights')}?{asked}")
    travel, days = travel_of(criteria), (criteria.depart, criteria.return_on)
    price = lowest_price(travel, *days, network)
    if price is not None and len(network.currencies) > 1:
        # What is followed is what was shown, also where the next look would settle otherwise.
        travel = replace(travel, currency=price.currency)
    back = search_address(travel, *days)
    known = _followed_already(travel, *days)
    form = RuleForm(obj=known) if current_user.is_authenticated else GuestRuleForm()
    alert = None
    if price is not None and form.validate_on_submit() and form.allows(price):
        try:
            with transaction():
                alert = service.follow_journey(_follower(form), travel, *days, price, form.wish)
        except AskedTooOften:
            form["email"].errors = ["We asked this address often enough today. Try again tomorrow."]
    if alert is None:
        return render(
            "alerts/follow.html",
            status=422 if request.method == "POST" and price else 409 if price is None else 200,
            form=form,
            travel=travel,
            depart=criteria.depart,
            return_on=criteria.return_on,
            price=price,
            action=follow_address(travel, *days),
            rule=_rule_of(known) if known else None,
            followed_in=known.currency if known else None,
            back=back,
        )
    if alert.user_id is None:
        return render("alerts/asked.html", email=alert.email, back=back)
    flash(f"You follow this price now. We write {_rule_of(alert)}.")
    return redirect(url_for("alerts.alerts"))


@blueprint.get("/")
@login_required
def alerts() -> Response:
    """List the prices that the traveller follows."""
    network = directory()
    found = [shown_alert(alert, network) for alert in alerts_of(current_user)]
    return render("alerts/alerts.html", alerts=[each for each in found if each])


@blueprint.get("/<token>")
def alert(token: str) -> Response:
    """Show an alert to whoever has its link: to confirm, change, pause or stop it."""
    return _show(_shown_or_404(token), None)


@blueprint.post("/<token>/confirm")
def confirm_alert(token: str) -> Response:
    """Begin to follow: the address has answered."""
    with transaction():
        known = service.confirm_alert(_id_or_404(token))
    return _answer(known, "Thank you. We write to you {rule}.")


@blueprint.post("/<token>/rule")
def change_rule(token: str) -> Response:
    """Wait for another move of the price."""
    shown = _shown_or_404(token)
    form = RuleForm()
    if not form.validate_on_submit() or not form.allows(shown.seen or shown.base):
        return _show(shown, form)
    with transaction():
        known = service.change_rule(shown.alert.id, form.wish)
    return _answer(known, "The alert waits for this now.")


@blueprint.post("/<token>/pause")
def pause_alert(token: str) -> Response:
    """Write nothing for now."""
    with transaction():
        known = service.pause_alert(_id_or_404(token), True)
    return _answer(known, "The alert is paused. Nothing is sent until you go on.")


@blueprint.post("/<token>/resume")
def resume_alert(token: str) -> Response:
    """Go on telling of moves."""
    with transaction():
        known = service.pause_alert(_id_or_404(token), False)
    return _answer(known, "The alert is on again.")


@blueprint.route("/<token>/stop", methods=["GET", "POST"])
@csrf.exempt
def stop_alert(token: str) -> Response:
    """Forget an alert. Mail programs send this by themselves when somebody unsubscribes.

    The signed word is the permission (RFC 8058): no log-in, no cookie, no other token. Whoever
    follows the link gets a page with the button, since programs follow links too.
    """
    alert_id = _id_or_404(token)
    if request.method == "POST":
        with transaction():
            service.stop_alert(alert_id)
        return render("alerts/stopped.html", is_stopped=True, token=token)
    return render("alerts/stopped.html", is_stopped=alert_by_id(alert_id) is None, token=token)


@blueprint.errorhandler(NothingToFollow)
def refuse_to_follow(_error: NothingToFollow) -> Response:
    """Say that the last seats have just gone."""
    return render("alerts/no_alert.html", status=409)


@blueprint.errorhandler(AlertNotOpen)
def refuse_to_change(_error: AlertNotOpen) -> Response:
    """Say that the alert has ended, or is not confirmed yet."""
    return render("alerts/no_alert.html", status=409)


def _followed_already(travel: Travel, depart: date, return_on: date | None) -> PriceAlert | None:
    # What an address follows is nobody's to read who only types it.
    if not current_user.is_authenticated:
        return None
    known = alerts_on(current_user, travel.key(depart, return_on))
    return next((each for each in known if each.state == AlertState.ACTIVE), None)


def _rule_of(alert: PriceAlert) -> str:
    return rule_in_words(alert.rule, alert.threshold, alert.currency)


def _follower(form: RuleForm) -> Follower:
    if isinstance(form, GuestRuleForm):
        return Follower(form.email.data or "", None)
    return Follower(current_user.email, current_user.id)


def _show(shown: Shown, form: RuleForm | None) -> Response:
    form = form or RuleForm(
        formdata=None, data={"rule": shown.alert.rule, "threshold": shown.alert.threshold}
    )
    return render(
        "alerts/alert.html",
        status=422 if form.errors else 200,
        shown=shown,
        form=form,
        is_new=shown.alert.state == AlertState.UNCONFIRMED,
        is_paused=shown.alert.state == AlertState.PAUSED,
    )


def _answer(known: PriceAlert | None, words: str) -> Response:
    if known is None:
        abort(_no_alert())
    flash(words.format(rule=_rule_of(known)))
    return redirect(url_for("alerts.alert", token=token_of(known)))


def _id_or_404(token: str) -> int:
    alert_id = alert_id_of(token)
    if alert_id is None:
        abort(_no_alert())
    return alert_id


def _shown_or_404(token: str) -> Shown:
    known = alert_by_id(_id_or_404(token))
    shown = shown_alert(known, directory()) if known else None
    if shown is None:
        abort(_no_alert())
    return shown


def _no_alert() -> Response:
    return render("alerts/no_alert.html", status=404)
