"""Changing flights: search inside the booking, see the quote of a choice, confirm that quote."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, Response, abort, flash, request, url_for

from webapp.booking import quotes
from webapp.booking.access import actor, refuse_closed, trip_or_404
from webapp.booking.changes import service
from webapp.booking.changes.errors import (
    DayNotOnSale,
    FareNotChangeable,
    JourneysOverlap,
    NotChangeable,
    OtherWay,
    PassengerGrown,
    SameFlights,
)
from webapp.booking.changes.forms import ChangeForm
from webapp.booking.changes.queries import Choices, change_quote, choices
from webapp.booking.changes.rules import changeable_journey, changeable_journeys
from webapp.booking.division.rules import may_divide
from webapp.booking.errors import QuoteInvalid, QuoteOutdated
from webapp.booking.forms import ConfirmQuoteForm
from webapp.booking.journeys import Journey
from webapp.booking.models import QuoteKind
from webapp.booking.trips import Trip
from webapp.db import transaction
from webapp.errors import DomainError
from webapp.flights.errors import NoSeatsLeft
from webapp.htmx import redirect, render
from webapp.network.queries import directory
from webapp.search import offers
from webapp.search.criteria import DAYS_AROUND, days_on_sale

blueprint = Blueprint("changes", __name__)

_MISFIT: dict[type[DomainError], str] = {
    NoSeatsLeft: "full",
    OtherWay: "elsewhere",
    SameFlights: "same",
    JourneysOverlap: "overlap",
    PassengerGrown: "grown",
    offers.OfferInvalid: "invalid",
    offers.OfferExpired: "outdated",
    QuoteOutdated: "outdated",
}


@blueprint.route("/bookings/<reference>/change", methods=["GET", "POST"])
def change(reference: str) -> Response:
    """Show other flights for a journey and what one of them costs, and change to what was shown."""
    trip = trip_or_404(reference)
    if not changeable_journeys(trip):
        return refuse_closed(trip)
    if request.method != "POST":
        return _ask(trip, ChangeForm(request.args))
    form = ConfirmQuoteForm()
    form.validate_on_submit()
    try:
        offered = quotes.read(form.quote.data or "", trip.booking, QuoteKind.CHANGE)
    except QuoteInvalid:
        return _ask(trip, ChangeForm(), 422, "invalid")
    try:
        with transaction():
            service.change(trip.id, offered, actor())
    except (NoSeatsLeft, OtherWay, SameFlights, JourneysOverlap, PassengerGrown) as error:
        why = _MISFIT[type(error)]
        return _ask(trip_or_404(reference), ChangeForm.of(offered.plan), 409, why)
    except (QuoteOutdated, NotChangeable, FareNotChangeable):
        return _ask(trip_or_404(reference), ChangeForm.of(offered.plan), 409, "outdated")
    flash("Your flights are changed. The new ones are below, and on their way to you by mail.")
    _tell_of_seats(trip_or_404(reference), offered.plan["journey"])
    return redirect(url_for("booking.trip", reference=trip.reference))


def _tell_of_seats(trip: Trip, number: int) -> None:
    """Say where the party sits on the flights of a journey."""
    legs = [leg for leg in trip.legs if leg.segment.journey == number]
    seats = [(leg.segment.flight.designator, trip.seats_on(leg)) for leg in legs]
    words = "; ".join(f"{', '.join(names)} on {flight}" for flight, names in seats if names)
    if words:
        flash(f"Your seats: {words}.")


def _ask(trip: Trip, form: ChangeForm, status: int = 200, refused: str = "") -> Response:
    """Show the quote of the offer that is chosen, or the flights to choose from."""
    journeys = changeable_journeys(trip)
    number = form.number(journeys[0].number if journeys else 0)
    try:
        journey = changeable_journey(trip, number)
    except NotChangeable:
        if status == 200:
            abort(404)
        return render("booking/not_changeable.html", status=status, trip=trip, journey=None)
    except FareNotChangeable:
        chosen = next(each for each in journeys if each.number == number)
        return render("booking/not_changeable.html", status=status, trip=trip, journey=chosen)
    if form.offer.data and not refused:
        return _show_quote(trip, journey, form)
    return _show_flights(trip, journey, form, status, refused)


def _show_quote(trip: Trip, journey: Journey, form: ChangeForm) -> Response:
    try:
        offer = offers.read(form.offer.data or "")
        quote = change_quote(trip, journey, offer, directory())
    except DomainError as error:
        why = _MISFIT[type(error)]
        return _show_flights(trip, journey, form, 422 if why == "invalid" else 409, why)
    return render(
        "booking/change_quote.html",
        trip=trip,
        journey=journey,
        quote=quote,
        text=quotes.sign(quote.offered),
        back=_address(trip, journey, quote.choice.way.departs_at.date()),
    )


def _show_flights(
    trip: Trip, journey: Journey, form: ChangeForm, status: int, refused: str
) -> Response:
    network = directory()
    first, last = days_on_sale(network.airports[_origin(journey)].zone)
    form.begin_on(max(first, journey.legs[0].departs_at.date()))
    found, day = Choices([]), form.depart.data
    if form.validate() and day:
        try:
            found = choices(trip, journey, day, network)
        except DayNotOnSale as error:
            form.refuse_day(error.words)
    return render(
        "booking/change.html",
        status=422 if form.errors and status == 200 else status,
        trip=trip,
        journey=journey,
        journeys=changeable_journeys(trip),
        may_divide=may_divide(trip),
        form=form,
        choices=found.found,
        in_the_way=found.in_the_way,
        refused=refused,
        days=_days(trip, journey, day, first, last),
        first_day=first,
        last_day=last,
    )


def _days(
    trip: Trip, journey: Journey, day: date | None, first: date, last: date
) -> list[tuple[date, str]]:
    """Return the days around one, each with the address of its flights."""
    if day is None or not first <= day <= last:
        return []
    around = [day + timedelta(days=shift) for shift in DAYS_AROUND]
    return [(each, _address(trip, journey, each)) for each in around if first <= each <= last]


def _address(trip: Trip, journey: Journey, day: date) -> str:
    return url_for(
        "changes.change",
        reference=trip.reference,
        journey=journey.number,
        depart=day.isoformat(),
    )


def _origin(journey: Journey) -> str:
    return journey.legs[0].segment.flight.origin_iata
