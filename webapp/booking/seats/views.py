"""Choosing seats: the map of one flight for one passenger, and the seat that they take."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, request, url_for

from webapp.booking.access import actor, trip_or_404
from webapp.booking.models import BookingStatus
from webapp.booking.seats import service
from webapp.booking.seats.errors import (
    SeatAtExit,
    SeatNotPaid,
    SeatsClosed,
    SeatTaken,
    SeatUnknown,
)
from webapp.booking.seats.forms import ChooseSeatForm
from webapp.booking.seats.maps import Choice, choice_of
from webapp.booking.trips import Trip
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.money import format_money

blueprint = Blueprint("seats", __name__)

_PASSES_END = (
    "Boarding passes that you have kept show the old seats and no longer hold. Open them once more."
)


@blueprint.get("/bookings/<reference>/seats")
def seats(reference: str) -> Response:
    """Show the map of a flight to a passenger: those of the address, or the first to choose on."""
    trip = _open_trip(reference)
    flight = request.args.get("flight", type=int)
    return _show(_choice(trip, flight, request.args.get("passenger", type=int)))


@blueprint.post("/bookings/<reference>/seats")
def choose_seat(reference: str) -> Response:
    """Take a seat for a passenger, and go on to the next one."""
    trip = _open_trip(reference)
    form = ChooseSeatForm()
    if not form.validate():
        return _show(_choice(trip, None, None), 422, "unknown")
    flight, passenger = form.flight.data, form.passenger.data
    choice = _choice(trip, flight, passenger)
    seat, others = form.seat.data or None, form.others.data
    place = trip.id, choice.leg.segment.id, choice.passenger.id
    on_passes = {each.id: choice.seat_of(each) for each in choice.checked_in}
    try:
        with transaction():
            service.choose_seat(*place, seat, form.agreed.data or 0, actor())
            if others:
                service.seat_others(*place, others == "move", actor())
    except (SeatTaken, SeatsClosed) as error:
        choice = _choice(_open_trip(reference), flight, passenger)
        return _show(choice, 409, "taken" if isinstance(error, SeatTaken) else "closed", seat)
    except (SeatUnknown, SeatAtExit) as error:
        why = "exit" if isinstance(error, SeatAtExit) else "unknown"
        return _show(choice, 422, why, seat)
    except SeatNotPaid as error:
        extra = trip.money(error.extra_minor)
        return render(
            "booking/seat_price.html",
            choice=choice,
            seat=seat,
            extra=extra,
            others=others,
            then=form.then.data,
        )
    choice = _choice(trip_or_404(reference), flight, passenger)
    if seat:
        words = _words_of_all(choice) if others else _words_of(choice, seat)
        flash(words + _words_of_paid(choice, seat))
        if any(choice.seat_of(each) != on_passes.get(each.id) for each in choice.checked_in):
            flash(_PASSES_END)
    return _go_on(choice, form.then.data)


def _open_trip(reference: str) -> Trip:
    trip = trip_or_404(reference)
    if trip.status not in (BookingStatus.HELD, BookingStatus.CONFIRMED):
        abort(redirect(url_for("booking.trip", reference=trip.reference)))
    return trip


def _choice(trip: Trip, flight: int | None, passenger: int | None) -> Choice:
    places = [
        (leg, each)
        for leg in trip.legs
        if flight in (None, leg.segment.position)
        for each in (trip.seated if passenger is None else trip.passengers)
        if passenger in (None, each.position)
    ]
    if not places and (flight, passenger) != (None, None):
        abort(_lead_on(trip))
    # In the middle of a trip the first flights have left.
    ahead = [place for place in places if not place[0].has_left]
    found = choice_of(trip, *(ahead or places)[0]) if places else None
    if found is None:
        abort(404)
    return found


def _lead_on(trip: Trip) -> Response:
    """Show the map of now to whoever asks for a flight or a traveller that is not in the trip.

    The page that they come from was opened before the trip was changed.
    """
    status = 409 if request.method == "POST" else 404
    return _show(_choice(trip, None, None), status, "gone")


def _show(choice: Choice, status: int = 200, why: str = "", seat: str | None = None) -> Response:
    return render("booking/seats.html", status=status, choice=choice, why=why, seat=seat)


def _words_of(choice: Choice, seat: str) -> str:
    return f"Seat {seat} is kept for {choice.trip.name_of(choice.passenger)}."


def _words_of_all(choice: Choice) -> str:
    trip = choice.trip
    seats = [(trip.name_of(each), choice.seat_of(each)) for each in trip.seated]
    words = ", ".join(f"{name} {seat}" for name, seat in seats if seat)
    without = ", ".join(name for name, seat in seats if not seat)
    words = f"{choice.leg.route}: {words}."
    if without:
        when = "when you confirm" if trip.status == BookingStatus.HELD else "at check-in"
        words += f" No seat at this price is free for {without}: one is found {when}."
    return words


def _words_of_paid(choice: Choice, seat: str) -> str:
    is_booked = choice.trip.status == BookingStatus.CONFIRMED
    paid = choice.paid_above(seat) if is_booked else None
    if paid is None:
        return ""
    return (
        f" The {format_money(paid.minor, paid.currency)} that you paid before stay paid: "
        "another seat at that price costs nothing more."
    )


def _go_on(choice: Choice, then: str | None) -> Response:
    trip = choice.trip
    is_held = trip.status == BookingStatus.HELD
    if then and then != "review":
        flight, passenger = map(int, then.split("-"))
    elif is_held and not then and choice.following:
        leg, person = choice.following
        flight, passenger = leg.segment.position, person.position
    else:
        step = "review" if is_held else "trip"
        return redirect(url_for(f"booking.{step}", reference=trip.reference))
    address = url_for("seats.seats", reference=trip.reference, flight=flight, passenger=passenger)
    return redirect(address)
