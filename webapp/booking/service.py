"""Commands: hold seats, name the passengers, confirm, release, expire."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import make_transient_to_detached

from webapp import clock
from webapp.accounts.errors import AccountClosed
from webapp.accounts.service import keep_open
from webapp.booking import ledger
from webapp.booking.connections import are_connected
from webapp.booking.coupons import paid_for, void
from webapp.booking.errors import (
    ConnectionBroken,
    FareChanged,
    FormKeyReused,
    HoldExpired,
    PassengersMissing,
    TimesChanged,
    TotalChanged,
)
from webapp.booking.history import by_form, locked, record, who_travels
from webapp.booking.hold_warning import plan_hold_warning, withhold_hold_warning
from webapp.booking.models import (
    HOLD_TIME,
    Booking,
    BookingStatus,
    Coupon,
    Passenger,
    Segment,
)
from webapp.booking.party import PassengerNames, kind_on, laps
from webapp.booking.queries import booking_by_key
from webapp.booking.receipts import plan_receipt
from webapp.booking.references import ALPHABET, LENGTH
from webapp.booking.seats.queries import live_coupons, seat_map
from webapp.booking.seats.reseating import clear_exits
from webapp.booking.seats.service import assign_seats
from webapp.booking.segments import add_segments, times_now
from webapp.booking.terms import terms_of
from webapp.booking.tickets import issue_tickets, purchase_lines
from webapp.db import db, insert_row
from webapp.flights import inventory
from webapp.flights import service as flights_service
from webapp.flights.errors import ClaimLost, FlightNotOpen, NoSeatsLeft
from webapp.flights.families import FareFamily
from webapp.flights.models import Flight
from webapp.flights.queries import OPEN_STATUSES, SALES_CLOSE
from webapp.notifications import reminders
from webapp.notifications.models import Kind
from webapp.search.offers import Offer


def hold_seats(
    offer: Offer, family: FareFamily, key: str, digest: str, user_id: int | None, actor: str
) -> Booking:
    """Keep an offer's seats for a party while it types, at the price of a fare family.

    Safe to repeat: the same key with the same offer returns the first booking. Raises
    FormKeyReused, NoSeatsLeft, TimesChanged, FareChanged, AccountClosed. Locks the account against
    closing, then the cabins of the flights, in the order of ids.
    """
    if user_id is not None:
        keep_open(user_id)
    try:
        terms = terms_of(offer, family)
    except (NoSeatsLeft, TimesChanged, FareChanged):
        # A form that was sent before may itself have taken the last seats.
        earlier = booking_by_key(key)
        if earlier is None:
            raise
        return _same_form(earlier, digest)
    # Sales close before check-in does: whoever pays can still fly.
    until = min(clock.now() + HOLD_TIME, terms.flights[0].departs_at - SALES_CLOSE)
    booking = _insert_booking(offer, family, terms.total_minor, key, digest, user_id, until)
    if booking is None:
        earlier = booking_by_key(key)
        if earlier is None:
            raise RuntimeError("no free reference was found")
        return _same_form(earlier, digest)
    prices = {
        insert_row(
            Passenger, booking_id=booking.id, position=position, kind=kind, price_minor=sum(each)
        ): each
        for position, (kind, each) in enumerate(terms.prices)
    }
    record(booking, actor, "held", after={"until": booking.expires_at.isoformat()})
    # The cabins' rows are locked last, so their locks live shortest.
    claims = {
        flight_id: inventory.hold_seats(
            flight_id, offer.cabin, offer.party.seats, booking.expires_at
        )
        for flight_id in sorted(offer.flight_ids)
    }
    journeys = [number for number, ids in enumerate(offer.journeys) for _ in ids]
    add_segments(booking.id, terms.flights, journeys, claims, prices)
    return booking


def name_passengers(
    booking_id: int,
    names: Sequence[PassengerNames],
    contact_email: str,
    actor: str,
    contact_phone: str | None = None,
    key: str | None = None,
) -> None:
    """Write down who travels and where mail goes. Raises HoldExpired. Locks the booking.

    `key` is that of the form, which history keeps. An adult on whose lap the names put an infant
    leaves an exit row, which locks the cabins.
    """
    booking = locked(booking_id)
    _require_live_hold(booking)
    before, lap_of = who_travels(booking), laps(booking.passengers)
    for passenger, given in zip(booking.passengers, names, strict=True):
        given.give_to(passenger)
    booking.contact_email, booking.contact_phone = contact_email, contact_phone
    plan_hold_warning(booking)
    record(booking, actor, "named", before, who_travels(booking) | by_form(key))
    if laps(booking.passengers) != lap_of:
        clear_exits(booking, actor)


def keep_typed(
    booking_id: int,
    names: Sequence[PassengerNames | None],
    contact_email: str | None,
    contact_phone: str | None,
    actor: str,
) -> None:
    """Keep what was typed into the form of a hold that has ended, for a new one to take over.

    A hold that is forgotten stays so.
    """
    booking = locked(booking_id)
    if booking.status_at(clock.now()) != BookingStatus.EXPIRED or booking.forgotten_at:
        return
    before = who_travels(booking)
    for passenger, given in zip(booking.passengers, names, strict=True):
        if given:
            given.give_to(passenger)
    booking.contact_email = contact_email or booking.contact_email
    booking.contact_phone = contact_phone or booking.contact_phone
    record(booking, actor, "named", before, who_travels(booking))


def confirm_booking(
    booking_id: int,
    actor: str,
    agreed_minor: int | None = None,
    user_id: int | None = None,
    seen: str | None = None,
) -> Booking:
    """Turn a hold into a booking: charge it, issue its tickets, seat the party, plan its mails.

    `agreed_minor` and `seen` are the price and the times, as `times_now` writes them, that the
    traveller said yes to, and `user_id` is theirs, who may have logged in since the hold. Safe to
    repeat: a confirmed booking stays as it is, and no yes to another price is taken. Raises
    HoldExpired, PassengersMissing, FlightNotOpen, ConnectionBroken, TimesChanged, TotalChanged.
    Locks the booking, its flights against change, its claims, then the cabins in the order of ids.
    """
    booking = locked(booking_id)
    if booking.status == BookingStatus.CONFIRMED:
        _agree_to_confirmed(booking, agreed_minor)
        return booking
    _require_live_hold(booking)
    if booking.user_id is None and user_id is not None:
        with suppress(AccountClosed):  # What a guest held is booked all the same.
            keep_open(user_id)
            booking.user_id = user_id
    coupons = live_coupons(booking)
    if booking.contact_email is None or not _are_named(coupons):
        raise PassengersMissing
    segments = list(dict.fromkeys(coupon.segment for coupon in coupons))
    _require_as_sold(coupons, segments, seen)
    total = paid_for(coupons)
    if agreed_minor not in (None, total):
        raise TotalChanged
    withhold_hold_warning(booking.id, "booked in time")
    ledger.write(booking, purchase_lines(booking, coupons))
    record(booking, actor, "confirmed", {"status": BookingStatus.HELD}, {"total_minor": total})
    booking.status = BookingStatus.CONFIRMED
    booking.confirmed_at = clock.now()
    issue_tickets(coupons)
    recipient, owner_id = booking.contact_email, booking.user_id
    plan_receipt(Kind.BOOKING_CONFIRMED, booking)
    departures = {segment.id: segment.flight.departs_at for segment in segments}
    reminders.plan_reminders(booking.id, recipient, owner_id, departures)
    maps = {each.flight_id: seat_map(each.flight_id, booking.cabin) for each in segments}
    _sell_claims(booking, segments)
    assign_seats(booking, coupons, maps)
    return booking


def release_hold(booking_id: int, actor: str) -> bool:
    """Give a hold up before its time; tell whether it still ran. Safe to repeat."""
    booking = locked(booking_id)
    did_run = booking.status_at(clock.now()) == BookingStatus.HELD
    if booking.status == BookingStatus.HELD:
        _expire(booking, actor, "released")
    return did_run


def expire_hold(booking_id: int) -> None:
    """Tidy a hold past its time away. Safe to repeat: only a row that says `held` changes.

    One that was made before the clock was turned back would hold its seats until that time comes.
    """
    booking = locked(booking_id)
    left = booking.expires_at - clock.now()
    if booking.status == BookingStatus.HELD and not timedelta() < left <= 2 * HOLD_TIME:
        _expire(booking, "system", "expired")


def _expire(booking: Booking, actor: str, what: str) -> None:
    booking.status = BookingStatus.EXPIRED
    withhold_hold_warning(booking.id, f"hold {what}")
    record(booking, actor, what, before={"status": BookingStatus.HELD})
    _release_claims(booking)


def _release_claims(booking: Booking) -> None:
    void(live_coupons(booking))
    db.session.flush()  # The cabins' rows are locked last, so their locks live shortest.
    for segment in sorted(booking.segments, key=lambda each: each.flight_id):
        inventory.release_claim(segment.claim_id)


def _sell_claims(booking: Booking, segments: Sequence[Segment]) -> None:
    db.session.flush()  # The cabins' rows are locked last, so their locks live shortest.
    seats = booking.adults + booking.children
    try:
        for segment in sorted(segments, key=lambda each: each.flight_id):
            inventory.sell_claim(segment.claim_id, segment.flight_id, booking.cabin, seats)
    except ClaimLost as error:
        raise HoldExpired from error


def insert_booking(values: dict[str, Any]) -> Booking | None:
    """Write a booking under a new reference; None where its form has made one before."""
    # An INSERT that breaks a unique key leaves the transaction usable, and the form that was sent
    # twice is found by its key.
    for _ in range(5):
        values["reference"] = _new_reference()
        try:
            booking_id = insert_row(Booking, **values)
        except IntegrityError:
            if booking_by_key(values["idempotency_key"]):
                return None
        else:
            return _as_inserted(booking_id, values)
    return None


def _require_as_sold(
    coupons: Sequence[Coupon], segments: Sequence[Segment], seen: str | None
) -> None:
    """Hold flights, which nobody changes from now on, against what was held on them.

    Raises FlightNotOpen, ConnectionBroken, TimesChanged, PassengersMissing.
    """
    flights = flights_service.keep_unchanged([segment.flight_id for segment in segments])
    if any(not _can_be_flown(flight) for flight in flights):
        raise FlightNotOpen
    if not are_connected([segment.flight for segment in segments]):
        raise ConnectionBroken
    _agree_to_times(segments, seen)
    if not _are_of_their_kinds(coupons, segments[-1].flight):
        raise PassengersMissing


def _are_named(coupons: Sequence[Coupon]) -> bool:
    return all(each.passenger.family_name and each.passenger.born_on for each in coupons)


def _are_of_their_kinds(coupons: Sequence[Coupon], last: Flight) -> bool:
    # An earlier hold may have handed on names whose ages do not fit these days.
    last_day = last.departs_at.astimezone(ZoneInfo(last.origin.timezone)).date()
    return all(
        born_on is not None and kind_on(last_day, born_on) == kind
        for kind, born_on in ((each.passenger.kind, each.passenger.born_on) for each in coupons)
    )


def _agree_to_times(segments: Sequence[Segment], seen: str | None) -> None:
    """Take times that were seen, of a flight that was moved or delayed, for agreed.

    Raises TimesChanged where others were seen.
    """
    moved = [segment for segment in segments if not segment.is_agreed]
    if moved and seen != times_now(segments):
        raise TimesChanged
    for segment in moved:
        flight = segment.flight
        segment.told_departs_at, segment.told_arrives_at = flight.departs_at, flight.arrives_at
        segment.agreed_departs_at = flight.expected_departs_at
        segment.agreed_arrives_at = flight.expected_arrives_at


def _can_be_flown(flight: Flight) -> bool:
    return flight.status in OPEN_STATUSES and flight.departs_at > clock.now()


def _same_form(earlier: Booking, digest: str) -> Booking:
    if earlier.offer_digest != digest:
        raise FormKeyReused
    return earlier


def _insert_booking(
    offer: Offer,
    family: FareFamily,
    total_minor: int,
    key: str,
    digest: str,
    user_id: int | None,
    until: datetime,
) -> Booking | None:
    values: dict[str, Any] = {
        "idempotency_key": key,
        "offer_digest": digest,
        "user_id": user_id,
        "status": BookingStatus.HELD,
        "cabin": offer.cabin,
        "family": family.code,
        "conditions": family.conditions(offer.total.currency),
        "adults": offer.party.adults,
        "children": offer.party.children,
        "infants": offer.party.infants,
        "total_minor": total_minor,
        "currency": offer.total.currency,
        "contact_email": None,  # Who may see a booking is asked by where its mail goes.
        "created_at": clock.now(),
        "expires_at": until,
    }
    return insert_booking(values)


def _as_inserted(booking_id: int, values: dict[str, Any]) -> Booking:
    # The row is known: reading it back would cost a question.
    booking = Booking(id=booking_id, **values)
    make_transient_to_detached(booking)
    db.session.add(booking)
    return booking


def _new_reference() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def _agree_to_confirmed(booking: Booking, agreed_minor: int | None) -> None:
    # By the history: seats that were bought and flights that were changed since have moved the sum.
    said = next((each.after for each in booking.events if each.what == "confirmed"), {})
    if agreed_minor not in (None, said.get("total_minor", agreed_minor)):
        raise TotalChanged


def _require_live_hold(booking: Booking) -> None:
    if booking.status_at(clock.now()) != BookingStatus.HELD:
        raise HoldExpired
