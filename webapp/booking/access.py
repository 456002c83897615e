"""Who may see a booking, and under which name they act: the door of every view of a booking."""

from __future__ import annotations

import re

from flask import Response, abort, flash, g, request, session, url_for
from flask_login import current_user

from webapp.accounts.forms import LogInForm
from webapp.accounts.models import Role
from webapp.booking.journeys import journeys_of
from webapp.booking.models import TRAVELLER, Booking, BookingStatus
from webapp.booking.queries import (
    BareBooking,
    address_before,
    bare_booking,
    bare_bookings,
    booking_by_id,
    is_flown_by,
)
from webapp.booking.trips import Trip, trip_of
from webapp.htmx import redirect, render, wants_fragment
from webapp.notifications.marks import mark_of
from webapp.security import ask_to_log_in, way_back

# So many bookings a session remembers that it was let into, or serves.
_MOST_KEPT = 20


def trip_or_404(reference: str) -> Trip:
    """Return a trip that the visitor may see: their own, or one their session was let into.

    To anybody else it does not exist; a visitor who is not logged in reads what may open it,
    whether or not it does.
    """
    # Whose it is is asked first, and alone: a stranger waits no longer for a trip that exists.
    booking = booking_by_id(booking_id_or_404(reference))
    assert booking is not None  # No booking is ever taken out.
    return trip_of(booking)


def booking_id_or_404(reference: str) -> int:
    """Return the id of a booking that the visitor may see, for what reads the rest under a lock."""
    booking = bare_booking(reference)
    if booking and may_see(booking):
        g.is_let_in = True
        return booking.id
    if booking and _is_opened_by_staff(booking):
        flash(f"{booking.reference} does not fly with your airline alone any more.")
        abort(redirect(url_for("staff_bookings.bookings")))
    if not current_user.is_authenticated:
        abort(_not_open(reference))
    abort(404)


def _not_open(reference: str) -> Response:
    """Say the same of every trip and of none: that it is not open here, and what may open one."""
    if wants_fragment():
        # htmx shows no page in the place of a part, but goes to another where it is told to.
        answer = ask_to_log_in()
        answer.status_code = 404
        return answer
    return render(
        "booking/not_open.html",
        status=404,
        form=LogInForm(formdata=None),  # What was sent was for another form.
        back=way_back(),
        reference=reference,
    )


def may_see(booking: Booking | BareBooking) -> bool:
    """Tell whether a booking is the visitor's own, or one that they were let into or serve."""
    # Not once it stands in an account: whoever held the seats may have handed them to somebody.
    if booking.user_id is None and booking.reference in session.get("guest", []):
        return True
    if current_user.is_authenticated and booking.user_id == current_user.id:
        return True
    if _is_served(booking):
        return True
    g.is_led = _is_led_into(booking)
    if g.is_led:
        return True
    g.is_by_name = booking.reference in session.get("found", [])
    return bool(g.is_by_name)


def is_by_name() -> bool:
    """Tell whether the visitor knows no more than a name of the booking that was asked for."""
    return bool(g.get("is_by_name"))


def may_keep(booking: Booking) -> bool:
    """Tell whether the visitor may take a booking that is nobody's into their account.

    Who knows a name alone would see all of it there, so mail about it has to reach them first: to
    change where it goes tells whoever had it until then.
    """
    return not is_by_name() or booking.contact_email == current_user.email


def as_shown(contact: str) -> str:
    """Return an address, a telephone or another reference as the visitor may see it.

    Who was let in by a name knows what stands on every bag tag, and need not know how to reach
    whoever travels.
    """
    if not is_by_name():
        return contact
    _, at, domain = contact.partition("@")
    return f"{contact[0]}…@{domain}" if at else f"…{contact[-3:]}"


def words_as_shown(words: str, contact: str) -> str:
    """Return a mail server's words as the visitor may see them: they often name the address."""
    return re.sub(re.escape(contact), as_shown(contact), words, flags=re.IGNORECASE)


def serve(reference: str) -> None:
    """Let the staff that is logged in act for a booking's party, until they log out or in anew."""
    if not is_opened(reference):
        session["served"] = [*session.get("served", []), reference][-_MOST_KEPT:]


def may_serve(booking_id: int) -> bool:
    """Tell whether staff may act for a party: no other airline has a part in what is ahead."""
    airline = staff_airline()
    return airline is None or is_flown_by(booking_id, airline)


def is_opened(reference: str) -> bool:
    """Tell whether the staff that is logged in opened a booking to act for its party."""
    return reference in session.get("served", [])


def staff_airline() -> str | None:
    """Return the airline that the staff who is logged in works for; None means every airline."""
    return None if current_user.role == Role.ADMIN else current_user.airline_iata


def _is_served(booking: Booking | BareBooking) -> bool:
    """Tell whether staff act for the party of a booking, and tell the page so that it says so.

    Asked each time, since staff may leave an airline, and a party may go to another one.
    """
    if not _is_opened_by_staff(booking):
        return False
    if not may_serve(booking.id):
        return False
    g.served = booking.reference
    return True


def _is_opened_by_staff(booking: Booking | BareBooking) -> bool:
    return is_staff() and is_opened(booking.reference)


def lead_in(booking: Booking) -> None:
    """Let the session of whoever read a booking's mail into it, if it is not theirs to see already.

    For as long as mail about it goes there, and it stands in no other account: whoever reads a mail
    that went astray is to be out with the next address. Who knew a name alone until now sees from
    then on how to reach the party, too.
    """
    if not may_see(booking) or is_by_name():
        _lead(booking)


def stay_led(booking: Booking) -> None:
    """Keep a session that was led into a booking there, when its visitor changes the address."""
    if g.get("is_led"):
        _lead(booking)


def _lead(booking: Booking) -> None:
    others = [each for each in session.get("led", []) if each[0] != booking.reference]
    session["led"] = [*others, _led(booking)][-_MOST_KEPT:]


def _is_led_into(booking: Booking | BareBooking) -> bool:
    led = session.get("led", [])
    return _led(booking) in led or _moved_mail(booking, led)


def _moved_mail(booking: Booking | BareBooking, led: list[list[str | int | None]]) -> bool:
    """Tell whether the form that is sent is the one by which a led session moved a booking's mail.

    Whoever presses the button twice sends it again with the cookie of before, if their browser did
    not wait for the first answer.
    """
    key = request.form.get("idempotency_key")
    if not key or booking.reference not in [each[0] for each in led]:
        return False
    before = address_before(booking.id, key)
    return [booking.reference, mark_of(before), booking.user_id] in led


def _led(booking: Booking | BareBooking) -> list[str | int | None]:
    return [booking.reference, booking.address_mark, booking.user_id]


def refuse_closed(trip: Trip) -> Response:
    """Say that a trip boards or has left; one that is not booked shows where it stands."""
    if trip.status != BookingStatus.CONFIRMED:
        return redirect(url_for("booking.trip", reference=trip.reference))
    if wants_fragment():
        return redirect(request.full_path)  # This is no part of the page that is open.
    is_boarding = any(each.is_boarding and not each.has_left for each in journeys_of(trip))
    return render("booking/closed.html", status=409, trip=trip, is_boarding=is_boarding)


def let_in_as_guest(booking: Booking) -> None:
    """Let the session of whoever holds without an account in, until the trip stands in one."""
    if booking.user_id is None and not may_see(booking):
        session["guest"] = [*session.get("guest", []), booking.reference][-_MOST_KEPT:]


def let_in_by_name(booking: Booking) -> None:
    """Let the visitor's session into a booking whose reference and family name they know."""
    if not may_see(booking):
        session["found"] = [*session.get("found", []), booking.reference][-_MOST_KEPT:]


def go_along(booking: Booking, part: Booking) -> None:
    """Let the visitor's session into a part of a booking as it was let into the whole."""
    for way_in in ("guest", "found", "served"):
        known = session.get(way_in, [])
        if booking.reference in known and part.reference not in known:
            session[way_in] = [*known, part.reference][-_MOST_KEPT:]
    # A form that is sent again later finds a part whose mail may go elsewhere by then.
    if _is_led_into(booking) and _led(part)[1:] == _led(booking)[1:]:
        lead_in(part)


def trips_let_into() -> list[str]:
    """Return the references of the bookings that the visitor's session was let into."""
    guests = bare_bookings(session.get("guest", []))
    led = bare_bookings(each[0] for each in session.get("led", []))
    return [
        *session.get("found", []),
        *[booking.reference for booking in guests if booking.user_id is None],
        *[booking.reference for booking in led if _is_led_into(booking)],
    ]


def of_booking() -> str:
    """Return what is counted by where a limit holds for each booking, whoever asks."""
    return f"booking:{(request.view_args or {})['reference'].upper()}"


def is_let_in(_response: Response) -> bool:
    """Tell whether the visitor was let in; what strangers send counts against nobody."""
    return bool(g.get("is_let_in"))


def is_staff() -> bool:
    """Tell whether the visitor is staff."""
    return bool(current_user.is_authenticated and current_user.is_staff)


def user_id() -> int | None:
    """Return who is logged in, None for a guest."""
    return current_user.id if current_user.is_authenticated else None


def actor() -> str:
    """Return the name that goes into a booking's history."""
    return current_user.email if current_user.is_authenticated else TRAVELLER
