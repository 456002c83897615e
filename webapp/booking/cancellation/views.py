"""Cancelling: what comes back is shown first, and that very quote is confirmed."""

from __future__ import annotations

from flask import Blueprint, Response, flash, render_template, request, url_for
from markupsafe import Markup

from webapp.booking import ledger, quotes
from webapp.booking.access import actor, refuse_closed, trip_or_404
from webapp.booking.cancellation import service
from webapp.booking.cancellation.errors import ChildLeftAlone, LapMissing
from webapp.booking.cancellation.forms import CancelForm
from webapp.booking.cancellation.queries import CancellationQuote, cancellation_quote
from webapp.booking.cancellation.rest import rest_after
from webapp.booking.cancellation.rules import Part, part_of, parts_of
from webapp.booking.errors import NotCancellable, QuoteInvalid, QuoteOutdated
from webapp.booking.forms import ConfirmQuoteForm
from webapp.booking.history import last_given_up
from webapp.booking.journeys import journeys_of
from webapp.booking.models import QuoteKind
from webapp.booking.trips import Trip
from webapp.db import transaction
from webapp.formats import short_day
from webapp.htmx import redirect, render
from webapp.money import format_money

blueprint = Blueprint("cancellation", __name__)

_WHY_NOT = {
    ChildLeftAlone: "Children travel with an adult: keep one, or cancel the children too.",
    LapMissing: "Each infant sits on an adult's lap: cancel an infant with the adult.",
}


@blueprint.route("/bookings/<reference>/cancel", methods=["GET", "POST"])
def cancel(reference: str) -> Response:
    """Show what comes back for all of a booking or a part of it, and cancel what was shown."""
    trip = trip_or_404(reference)
    if not parts_of(trip):
        return refuse_closed(trip)
    if request.method != "POST":
        return _ask(trip, CancelForm(request.args))
    form = ConfirmQuoteForm()
    form.validate_on_submit()
    try:
        offered = quotes.read(form.quote.data or "", trip.booking, QuoteKind.CANCELLATION)
    except QuoteInvalid:
        return _ask(trip, CancelForm(), 422, "invalid")
    part = Part.of(offered.plan)
    try:
        with transaction():
            service.cancel(trip.booking.id, offered, actor())
    except (QuoteOutdated, NotCancellable, *_WHY_NOT):
        return _ask(trip_or_404(reference), CancelForm.of(part), 409, "outdated")
    back = format_money(-offered.total.minor, offered.total.currency)
    refund = f"You get {back} back." if offered.total.minor else "Nothing comes back."
    trip = trip_or_404(reference)
    # Of a whole booking the page itself says that it is cancelled.
    gone = "" if part.is_whole else f"Cancelled: {last_given_up(trip.booking)}. The rest stays. "
    rest = rest_after(trip, offered.plan)
    moved = render_template(
        "booking/_rest_of_party.html", trip=trip, rest=rest, is_done=True, is_linked=True
    )
    flash((f"{gone}{refund} " + Markup(moved)).strip())
    return redirect(url_for("booking.trip", reference=trip.reference))


def _ask(trip: Trip, form: CancelForm, status: int = 200, refused: str = "") -> Response:
    journeys = {
        journey.number: f"{journey.words}, {short_day(journey.legs[0].departs_at.date())}"
        for journey in journeys_of(trip)
    }
    party = {each.position: f"{each.given_name} {each.family_name}" for each in trip.passengers}
    form.offer(parts_of(trip), journeys, party)
    quote = _quote(trip, form)
    return render(
        "booking/cancel.html",
        "booking/_cancellation.html",
        status=422 if status == 200 and form.errors else status,
        trip=trip,
        form=form,
        journeys=journeys,
        party=party,
        quote=quote,
        text=quotes.sign(quote.offered) if quote else "",
        fees=ledger.fees_of(trip.booking),
        refused=refused,
    )


def _quote(trip: Trip, form: CancelForm) -> CancellationQuote | None:
    """Return the quote for what the form names; None, with errors in its fields, if it cannot.

    Where the form has yet to ask who, there is neither.
    """
    if not form.validate() or form.asks_who:
        return None
    try:
        part = part_of(trip, form.passengers, form.journey)
    except (ChildLeftAlone, LapMissing) as error:
        form.refuse_passengers(_WHY_NOT[type(error)])
        return None
    except NotCancellable:
        form.refuse_part()
        return None
    return cancellation_quote(trip, part)
