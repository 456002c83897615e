"""Holding an offer, for longer, giving it up, and the ways on: from a mail, and after its end."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, session, url_for

from webapp import clock
from webapp.booking import service
from webapp.booking.access import (
    actor,
    lead_in,
    let_in_as_guest,
    may_see,
    trip_or_404,
    trips_let_into,
    user_id,
)
from webapp.booking.errors import FareChanged, FormKeyReused, HoldExpired, TimesChanged
from webapp.booking.holds.forms import HoldSeatsForm
from webapp.booking.holds.links import booking_of
from webapp.booking.holds.queries import is_given_up, offer_again, renewed, ways_of
from webapp.booking.holds.service import extend_hold, take_over
from webapp.booking.models import BOOKED, Booking, BookingStatus
from webapp.booking.passengers.forms import PassengersForm
from webapp.booking.queries import booking_by_key, booking_by_reference, live_holds_of
from webapp.booking.seats.queries import ChosenSeat, seats_chosen
from webapp.booking.trips import Trip, trip_of
from webapp.config import is_of_this_machine
from webapp.db import transaction
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.families import FareFamily, family_of
from webapp.htmx import redirect, render
from webapp.search import offers
from webapp.security import limiter, page_before

blueprint = Blueprint("holds", __name__)

# A cookie has room for 4,000 letters, and the session for more than a search.
_LONGEST_SEARCH = 1_000
_ENDED_UNBOOKED = (BookingStatus.HELD, BookingStatus.EXPIRED)


def _sits_here() -> bool:
    # Where nothing says who is behind a proxy, its address would stand for every traveller.
    return is_of_this_machine(request.remote_addr)


@blueprint.post("/holds")
@limiter.limit("120 per hour", exempt_when=_sits_here)
def hold_seats() -> Response:
    """Hold the seats of an offer, and go on to the passengers' names."""
    form = HoldSeatsForm()
    if not form.validate_on_submit():
        return _refuse_offer("invalid")
    text, key = form.offer.data or "", form.idempotency_key.data or ""
    family = family_of(form.family.data)
    earlier = _own_hold(form.again.data) if form.again.data else None
    # A key that somebody else sends along is not their form: what was held with it is not shown.
    digest = offers.digest(f"{family.code} {text} {session.get('csrf_token', '')}")
    try:
        offer = offers.read(text)
    except offers.OfferInvalid:
        return _refuse_offer("invalid")
    except offers.OfferExpired as expired:
        made = _own(booking_by_key(key))
        if made and made.offer_digest == digest:
            return redirect(url_for("passengers.passengers", reference=made.reference))
        return _offer_anew(expired.offer, family, earlier)
    try:
        with transaction():
            if earlier:
                service.release_hold(earlier.id, actor())
            booking = service.hold_seats(offer, family, key, digest, user_id(), actor())
            lost = take_over(earlier.id, booking, actor()) if earlier else []
    except NoSeatsLeft:
        return _refuse_offer("full")
    except TimesChanged:
        return _refuse_offer("retimed")
    except FareChanged as changed:
        return _ask_about_fare(offer, family, changed, earlier)
    except FormKeyReused:
        return _ask_which(text, family, _own(booking_by_key(key)))
    let_in_as_guest(booking)  # An owner has an account, which can be closed.
    _remember_search(booking.reference, earlier)
    if earlier:
        _tell_of_seats(trip_of(booking), lost)
    return redirect(url_for("passengers.passengers", reference=booking.reference))


@blueprint.get("/holds/<token>")
def go_on(token: str) -> Response:
    """Let whoever has the link of a mail into the guests' hold that it is about while it runs."""
    booking = booking_of(token)
    if booking is None:
        return render("booking/hold_link_refused.html", status=404, trip=None)
    is_held = booking.status_at(clock.now()) == BookingStatus.HELD
    if not is_held and not may_see(booking):
        return render("booking/hold_link_refused.html", status=410, trip=trip_of(booking))
    if is_held and booking.user_id is None:
        lead_in(booking)  # An owner logs in, whoever reads the mail.
    return redirect(url_for("booking.review", reference=booking.reference))


@blueprint.post("/bookings/<reference>/extend")
def extend(reference: str) -> Response:
    """Hold the seats for longer; the page that it was asked on stays as it is."""
    trip = trip_or_404(reference)
    try:
        with transaction():
            extend_hold(trip.id, actor())
    except HoldExpired:
        keep_typed(trip, PassengersForm())
        return redirect(url_for("passengers.passengers", reference=reference))
    return render("booking/extended.html", "booking/_deadline.html", trip=trip_or_404(reference))


@blueprint.post("/bookings/<reference>/release")
def release(reference: str) -> Response:
    """Give the held seats up."""
    trip = trip_or_404(reference)
    with transaction():
        is_released = service.release_hold(trip.booking.id, actor())
    if not is_released:
        return past_the_hold(trip_or_404(reference))
    flash("Your seats are released. Nothing was booked.")
    return redirect(search_again(trip))


@blueprint.app_template_global()
def search_again(trip: Trip) -> str:
    """Return the address of the search that a trip was held from, as far as the session knows it.

    Otherwise it is that of a search which finds its flights.
    """
    reference, query = session.get("held_from", ("", ""))
    return (
        f"{url_for('search.flights')}?{query}" if reference == trip.reference else trip.search_again
    )


@blueprint.app_template_global()
def unfinished_trips() -> list[Trip]:
    """Return the visitor's own holds that still run, for the pages they come back to."""
    return [trip_of(booking) for booking in live_holds_of(user_id(), trips_let_into())]


def keep_typed(trip: Trip, form: PassengersForm) -> None:
    """Keep what was typed too late, as far as it can be right, for another hold to take over."""
    is_of_party = len(form.passengers) == len(trip.passengers) and not form.form_errors
    if trip.status not in _ENDED_UNBOOKED or not is_of_party:
        return
    form.validate_on_submit()
    names = [each.form.names for each in form.passengers]
    address = None if form.contact_email.errors else form.contact_email.data
    phone = None if form.contact_phone.errors else form.contact_phone.data
    with transaction():
        service.keep_typed(trip.id, names, address, phone or None, actor())


def past_the_hold(trip: Trip) -> Response:
    """Lead on from a step of a booking that is held no more; what was typed goes along."""
    if trip.status in BOOKED:
        return redirect(url_for("booking.trip", reference=trip.reference))
    again = offer_again(trip.booking)
    token = offers.sign(again.offer) if again else ""
    chosen = seats_chosen(trip.booking)
    return render(
        "booking/hold_expired.html",
        status=409,
        trip=trip,
        again=again,
        token=token,
        is_given_up=is_given_up(trip.booking),
        seats=len(chosen),
        seats_price=trip.money(sum(each.price_minor for each in chosen)),
    )


def _tell_of_seats(trip: Trip, lost: list[ChosenSeat]) -> None:
    """Say which of the seats that were chosen in an earlier hold the new one has."""
    if lost:
        routes = {leg.segment.flight_id: leg.route for leg in trip.legs}
        words = "; ".join(f"{each.name}, {routes[each.flight_id]}" for each in lost)
        flash(f"Taken meanwhile, or dearer now: {words}. Please choose again.")
    if trip.has_seats:
        flash(f"The{' other' if lost else ''} seats that you chose are kept.")


def _remember_search(reference: str, earlier: Booking | None) -> None:
    """Note the search whose results were held; one that is held again keeps that of before.

    Without a reference it waits for the hold that the next form may make: a changed price is asked
    about on a page of its own.
    """
    before, query = session.get("held_from", ("", ""))
    address, _, searched = (page_before() or "").partition("?")
    if address == url_for("search.flights") and len(searched) <= _LONGEST_SEARCH:
        session["held_from"] = reference, searched
    elif query and before == (earlier.reference if earlier else ""):
        session["held_from"] = reference, query


def _own(booking: Booking | None) -> Booking | None:
    return booking if booking and may_see(booking) else None


def _own_hold(reference: str) -> Booking | None:
    """Return the visitor's hold that another one is to follow; what is booked follows nothing."""
    earlier = _own(booking_by_reference(reference))
    return None if earlier is None or earlier.status in BOOKED else earlier


def _refuse_offer(why: str) -> Response:
    statuses = {"invalid": 422, "full": 409, "retimed": 409}
    return render("booking/offer_refused.html", status=statuses[why], why=why, back=_way_back())


def _way_back() -> str:
    before = page_before()
    if before == request.path:
        # There a price was asked about: nobody comes back to that page by a link.
        reference, query = session.get("held_from", ("", ""))
        is_noted = query and not reference
        return f"{url_for('search.flights')}?{query}" if is_noted else url_for("search.home")
    return before or url_for("search.home")


def _ask_which(token: str, family: FareFamily, earlier: Booking | None) -> Response:
    """Offer to hold what a form asks for whose key has already held something else."""
    return render(
        "booking/hold_another.html", status=409, token=token, family=family, earlier=earlier
    )


def _offer_anew(offer: offers.Offer, family: FareFamily, earlier: Booking | None) -> Response:
    """Ask whether what was pressed too late is to be held at the price of this moment."""
    try:
        again = renewed(offer, family)
        ways = ways_of(offer)
    except NoSeatsLeft:
        return _refuse_offer("full")
    except TimesChanged:
        return _refuse_offer("retimed")
    _remember_search("", earlier)
    return render(
        "booking/offer_expired.html",
        status=409,
        before=offer,
        again=again,
        ways=ways,
        token=offers.sign(again.offer),
        earlier=earlier,
        back=_way_back(),
    )


def _ask_about_fare(
    offer: offers.Offer, family: FareFamily, changed: FareChanged, earlier: Booking | None
) -> Response:
    _remember_search("", earlier)
    new_offer = offers.Offer(
        offer.journeys,
        offer.cabin,
        offer.party,
        changed.light_total,
        clock.now() + offers.LIFETIME,
        offer.times,
    )
    return render(
        "booking/fare_changed.html",
        status=409,
        offer=offer,
        family=family,
        changed=changed,
        token=offers.sign(new_offer),
        earlier=earlier,
    )
