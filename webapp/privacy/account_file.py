"""The file of an account: everything that is kept about it, for people and programs to read.

Instants are in UTC, the times of flights on the clocks of their airports, each with its offset;
amounts are in minor units of their currency. Left out are the password, whatever opens something
(the tokens of links and of the calendar's address), travel documents that somebody else gave, and
who else acted: they have a right of their own not to be named.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webapp import clock
from webapp.accounts.models import User
from webapp.accounts.travellers.queries import saved_travellers_of
from webapp.alerts.models import PriceAlert
from webapp.alerts.queries import alerts_of
from webapp.booking.checkin.queries import documents_of_owner
from webapp.booking.history import FORM_KEY
from webapp.booking.models import (
    TRAVELLER,
    Booking,
    BookingEvent,
    Coupon,
    LedgerEntry,
    Passenger,
    Segment,
)
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.documents.calendar.queries import every_segment_of, feed_of
from webapp.notifications.models import Kind, Notification
from webapp.notifications.words import NAMES
from webapp.privacy import queries

File = dict[str, Any]

# Who acts in a history without being anybody's address.
_NOBODY = ("system", TRAVELLER)


def account_file(user: User) -> File:
    """Return everything that is kept about an account."""
    changes, feed = queries.email_changes_of(user.id), feed_of(user.id)
    addresses = {user.email}.union(*({each.before, each.after} for each in changes))
    bookings = queries.every_booking_of(user.id)
    return {
        "written_at": _at(clock.now()),
        "account": {
            "email": user.email,
            "email_verified_at": _at(user.email_verified_at),
            "role": user.role,
            "since": _at(user.created_at),
        },
        "email_changes": [
            {
                "before": each.before,
                "after": each.after,
                "changed_at": _at(each.changed_at),
                "put_back_at": _at(each.put_back_at),
            }
            for each in changes
        ],
        "mail_preferences": _preferences(user.id),
        "calendar_address": {"made_at": _at(feed.created_at)} if feed else None,
        "saved_travellers": [
            {
                "given_names": each.given_name,
                "family_name": each.family_name,
                "born_on": _on(each.born_on),
                "saved_at": _at(each.saved_at),
            }
            for each in saved_travellers_of(user.id)
        ],
        "recent_searches": [
            _journey(each) | {"searched_at": _at(each.searched_at)}
            for each in queries.remembered_searches(user.id)
        ],
        "price_alerts": [_alert(each) for each in alerts_of(user)],
        "bookings": _bookings(bookings, addresses, user),
        "mails": _mails(user.id, bookings),
    }


def _preferences(user_id: int) -> File | None:
    chosen = queries.mail_preference_of(user_id)
    if chosen is None:
        return None
    return {
        "switched_off": chosen.muted,
        "reminder_hours_before_departure": chosen.reminder_hours,
        "dates_and_times_as_in": chosen.locale,
    }


def _journey(row: Any) -> File:
    """Return what a search and an alert have in common."""
    return {
        "origin": row.origin,
        "destination": row.destination,
        "depart": _on(row.depart),
        "return": _on(row.return_on),
        "adults": row.adults,
        "children": row.children,
        "infants": row.infants,
        "cabin": row.cabin,
    }


def _alert(alert: PriceAlert) -> File:
    return _journey(alert) | {
        "email": alert.email,
        "state": alert.state,
        "rule": alert.rule,
        "threshold": alert.threshold,
        "measured_from": _money(alert.base_minor, alert.currency),
        "seen_last": _money(alert.seen_minor, alert.currency),
        "before_the_last_move": _money(alert.before_minor, alert.currency),
        "followed_since": _at(alert.created_at),
        "checked_at": _at(alert.checked_at),
        "told_at": _at(alert.told_at),
    }


def _bookings(bookings: list[Booking], addresses: set[str], user: User) -> list[File]:
    ids = [booking.id for booking in bookings]
    segments = queries.grouped(every_segment_of(ids), lambda each: each.booking_id)
    passengers, ledgers = queries.every_passenger_of(ids), queries.ledgers_of(ids)
    histories, changes = queries.histories_of(ids), queries.schedule_changes_of(ids)
    return [
        _booking(booking)
        | {
            "flights": [_flight(each) for each in segments[booking.id]],
            "passengers": _party(booking, passengers[booking.id], histories[booking.id], user.id),
            "charges_and_refunds": [_entry(each) for each in ledgers[booking.id]],
            "schedule_changes": [_schedule_change(each) for each in changes[booking.id]],
            "history": [_event(each, addresses) for each in histories[booking.id]],
        }
        for booking in bookings
    ]


def _booking(booking: Booking) -> File:
    return {
        "reference": booking.reference,
        "status": booking.status_at(clock.now()),
        "cabin": booking.cabin,
        "fare_family": booking.family,
        "fare_conditions": booking.sold_conditions,
        "fares": _money(booking.total_minor, booking.currency),
        "contact_email": booking.contact_email,
        "contact_phone": booking.contact_phone,
        "held_at": _at(booking.created_at),
        "held_until": _at(booking.expires_at),
        "confirmed_at": _at(booking.confirmed_at),
        "cancelled_at": _at(booking.cancelled_at),
    }


def _flight(segment: Segment) -> File:
    flight = segment.flight
    there, here = ZoneInfo(flight.origin.timezone), ZoneInfo(flight.destination.timezone)
    return {
        "journey": segment.journey + 1,
        "flight": flight.designator,
        "airline": flight.airline.name,
        "origin": flight.origin_iata,
        "destination": flight.destination_iata,
        "status": flight.status,
        "departs_at": _at(flight.departs_at, there),
        "arrives_at": _at(flight.arrives_at, here),
        "agreed_departs_at": _at(segment.agreed_departs_at, there),
        "agreed_arrives_at": _at(segment.agreed_arrives_at, here),
        "dropped_at": _at(segment.dropped_at),
    }


def _party(
    booking: Booking, passengers: list[Passenger], history: list[BookingEvent], owner_id: int
) -> list[File]:
    own = documents_of_owner(history, passengers, owner_id)
    return [
        _passenger(each, booking) | (_document(each) if each.id in own else {})
        for each in passengers
    ]


def _document(passenger: Passenger) -> File:
    return {
        "nationality": passenger.nationality,
        "document_number": passenger.document_number,
        "document_country": passenger.document_country,
        "document_expires_on": _on(passenger.document_expires_on),
    }


def _passenger(passenger: Passenger, booking: Booking) -> File:
    return {
        "kind": passenger.kind,
        "given_names": passenger.given_name,
        "family_name": passenger.family_name,
        "born_on": _on(passenger.born_on),
        "ticket_number": passenger.ticket_number,
        "fare": _money(passenger.price_minor, booking.currency),
        "cancelled_at": _at(passenger.cancelled_at),
        "seats": [_coupon(each, booking) for each in passenger.coupons],
    }


def _coupon(coupon: Coupon, booking: Booking) -> File:
    return {
        "flight": coupon.segment.flight.designator,
        "status": coupon.status,
        "fare": _money(coupon.price_minor, booking.currency),
        "seat": coupon.seat,
        "seat_price": _money(coupon.seat_price_minor, booking.currency),
        "checked_in_at": _at(coupon.checked_in_at),
        "boarding_number": coupon.boarding_sequence,
    }


def _entry(entry: LedgerEntry) -> File:
    return {
        "at": _at(entry.at),
        "kind": entry.kind,
        "amount": _money(entry.amount_minor, entry.currency),
        "what": entry.what,
        "rule": entry.rule,
    }


def _schedule_change(change: ScheduleChange) -> File:
    return {
        "flight": change.segment.flight.designator,
        "was_departs_at": _at(change.was_departs_at),
        "was_arrives_at": _at(change.was_arrives_at),
        "opened_at": _at(change.opened_at),
        "answer": change.answer,
        "answered_at": _at(change.answered_at),
        "handled_by_the_airline_at": _at(change.handled_at),
    }


def _event(event: BookingEvent, addresses: set[str]) -> File:
    other = event.actor if event.actor in _NOBODY else "somebody else"
    return {
        "at": _at(event.at),
        "by": "you" if event.actor in addresses else other,
        "what": event.what,
        "before": event.before,
        # Whose account it was is told by "by".
        "after": {
            name: value for name, value in event.after.items() if name not in ("account", FORM_KEY)
        },
    }


def _mails(user_id: int, bookings: list[Booking]) -> list[File]:
    references = {booking.id: booking.reference for booking in bookings}
    return [_mail(each, references) for each in queries.mails_about(user_id, references.keys())]


def _mail(mail: Notification, references: dict[int, str]) -> File:
    return {
        "about": NAMES[Kind(mail.kind)],
        "kind": mail.kind,
        "booking": references[mail.booking_id] if mail.booking_id else None,
        "to": mail.recipient,
        "state": mail.state,
        "due_at": _at(mail.due_at),
        "sent_at": _at(mail.sent_at),
    }


def _money(minor: int | None, currency: str) -> File | None:
    return None if minor is None else {"minor": minor, "currency": currency}


def _at(instant: datetime | None, zone: ZoneInfo | None = None) -> str | None:
    return instant.astimezone(zone or instant.tzinfo).isoformat() if instant else None


def _on(day: date | None) -> str | None:
    return day.isoformat() if day else None
