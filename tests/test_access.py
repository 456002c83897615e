"""Every address by every role: what each is answered, in one matrix."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from tests.builders import log_in, make_booking, make_flight, make_schedule, make_user
from webapp.accounts.models import Role
from webapp.booking import disruptions
from webapp.booking.schedule_changes import links
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.db import db, transaction
from webapp.documents.calendar.service import renew_feed
from webapp.flights.families import STANDARD

Answers = tuple[int | str, ...]

# Charlie is a stranger to Alice's booking; Olga works for another airline than Sam, whose airline
# flies it; Ada administers.
ROLES = ("nobody", "charlie", "alice", "olga", "sam", "ada")


def everybody(status: int) -> Answers:
    return (status,) * len(ROLES)


def accounts(status: int) -> Answers:
    return ("login", *(status,) * 5)


def travellers(status: int) -> Answers:
    return ("login", status, status, 404, 404, 404)


def alice(status: int) -> Answers:
    return (404, 404, status, 404, 404, 404)


def staff(olga: int, sam: int, ada: int) -> Answers:
    return ("login", 404, 404, olga, sam, ada)


BOOKING = "/bookings/<reference>"
FLIGHT = "/staff/flights/<designator>/<departs_on>/<origin>"
CHANGE = "/schedule-change/<token>"

# What an empty request is answered. `login` is the way to the log-in. A booking and a flight are
# a 404 to whom they do not belong to. A token in an address opens what it names to whoever has it;
# the tokens here name nothing, but for those of a schedule change and of a calendar.
MATRIX: dict[str, Answers] = {
    "GET /": everybody(200),
    "GET /airports": everybody(200),
    "GET /flights": everybody(422),
    "GET /flights/days": everybody(303),
    "GET /flights/to-try": everybody(303),
    "GET /fares/calendar": everybody(200),
    "GET /fares/graph": everybody(200),
    "GET /fares/grid": everybody(200),
    "POST /searches/forget": accounts(303),
    "POST /holds": everybody(422),
    "GET /holds/<token>": everybody(404),
    "GET /bookings": accounts(200),
    f"GET {BOOKING}": alice(200),
    f"GET {BOOKING}/passengers": alice(303),
    f"POST {BOOKING}/passengers": alice(303),
    f"GET {BOOKING}/seats": alice(200),
    f"POST {BOOKING}/seats": alice(422),
    f"GET {BOOKING}/review": alice(303),
    f"POST {BOOKING}/confirm": alice(303),
    f"POST {BOOKING}/extend": alice(303),
    f"POST {BOOKING}/release": alice(303),
    f"GET {BOOKING}/cancel": alice(200),
    f"POST {BOOKING}/cancel": alice(422),
    f"GET {BOOKING}/divide": alice(200),
    f"POST {BOOKING}/divide": alice(422),
    f"GET {BOOKING}/change": alice(200),
    f"POST {BOOKING}/change": alice(422),
    f"POST {BOOKING}/add": alice(303),
    f"GET {BOOKING}/contact": alice(200),
    f"POST {BOOKING}/contact": alice(422),
    f"GET {BOOKING}/names": alice(200),
    f"POST {BOOKING}/names": alice(422),
    f"GET {BOOKING}/check-in": alice(200),
    f"POST {BOOKING}/check-in": alice(409),
    f"POST {BOOKING}/check-in/undo": alice(404),
    f"GET {BOOKING}/boarding-pass/<passenger>/<segment>": alice(404),
    f"GET {BOOKING}/boarding-pass/<passenger>/<segment>.pdf": alice(404),
    f"GET {BOOKING}/boarding-passes": alice(409),
    f"GET {BOOKING}/boarding-passes.pdf": alice(409),
    f"GET {BOOKING}/calendar.ics": alice(200),
    f"GET {BOOKING}/e-ticket": alice(200),
    f"GET {BOOKING}/e-ticket.pdf": alice(200),
    f"POST {BOOKING}/mails/again": alice(404),
    "GET /trip": everybody(200),
    "GET /trip/mailed": everybody(200),
    "POST /trip/mail": everybody(422),
    f"GET {CHANGE}": everybody(200),
    f"GET {CHANGE}/accept": everybody(200),
    f"POST {CHANGE}/accept": everybody(303),
    f"GET {CHANGE}/other-flight": everybody(303),
    f"GET {CHANGE}/refund": everybody(303),
    "GET /calendar/<token>.ics": everybody(200),
    "GET /account": accounts(200),
    "GET /account/calendar": accounts(200),
    "POST /account/calendar": accounts(303),
    "POST /account/calendar/revoke": accounts(303),
    "GET /account/close": travellers(200),
    "POST /account/close": travellers(422),
    "GET /account/data.json": accounts(200),
    "GET /account/email": accounts(200),
    "POST /account/email": accounts(422),
    "GET /account/password": accounts(200),
    "POST /account/password": accounts(422),
    "POST /account/preferences": accounts(422),
    "GET /account/verify": accounts(303),
    "POST /account/verify": accounts(303),
    "GET /account/verify/<token>": everybody(404),
    "POST /account/verify/<token>": everybody(404),
    "GET /account/travellers/new": accounts(200),
    "POST /account/travellers/new": accounts(422),
    "GET /account/travellers/<reference>": accounts(404),
    "POST /account/travellers/<reference>": accounts(422),
    "POST /account/travellers/remove": accounts(303),
    "GET /alerts/": accounts(200),
    "GET /alerts/follow": everybody(303),
    "POST /alerts/follow": everybody(303),
    "GET /alerts/<token>": everybody(404),
    "GET /alerts/<token>/stop": everybody(404),
    "POST /alerts/<token>/stop": everybody(404),
    "POST /alerts/<token>/confirm": everybody(404),
    "POST /alerts/<token>/pause": everybody(404),
    "POST /alerts/<token>/resume": everybody(404),
    "POST /alerts/<token>/rule": everybody(404),
    "GET /register": everybody(200),
    "POST /register": everybody(422),
    "GET /login": everybody(200),
    "POST /login": everybody(422),
    "POST /logout": everybody(303),
    "GET /password/forgot": everybody(200),
    "POST /password/forgot": everybody(422),
    "GET /password/asked": everybody(200),
    "GET /account/put-back/<token>": everybody(404),
    "POST /account/put-back/<token>": everybody(404),
    "GET /password/reset/<token>": everybody(404),
    "POST /password/reset/<token>": everybody(404),
    "GET /mail/unsubscribe/<token>": everybody(404),
    "POST /mail/unsubscribe/<token>": everybody(404),
    "GET /dev/mail/": everybody(200),
    "GET /dev/mail/<name>": everybody(404),
    "GET /dev/mail/<name>/html": everybody(404),
    "GET /staff/": staff(303, 303, 303),
    "GET /staff/flights": staff(200, 200, 200),
    "GET /staff/delays": staff(200, 200, 200),
    "POST /staff/delays": staff(303, 303, 303),
    "GET /staff/accounts": staff(404, 404, 200),
    "POST /staff/accounts": staff(404, 404, 422),
    "POST /staff/accounts/move": staff(404, 404, 422),
    "POST /staff/accounts/end": staff(404, 404, 422),
    "GET /staff/flights/new": staff(200, 200, 200),
    "GET /staff/flights/new/preview": staff(303, 303, 303),
    "POST /staff/flights/new": staff(422, 422, 200),
    f"GET {FLIGHT}": staff(404, 200, 200),
    f"GET {FLIGHT}/aircraft": staff(404, 303, 303),
    f"POST {FLIGHT}/aircraft": staff(404, 422, 422),
    f"GET {FLIGHT}/delay": staff(404, 303, 303),
    f"POST {FLIGHT}/delay": staff(404, 422, 422),
    f"POST {FLIGHT}/gate": staff(404, 303, 303),
    f"GET {FLIGHT}/passengers": staff(404, 200, 200),
    f"GET {FLIGHT}/retime": staff(404, 303, 303),
    f"POST {FLIGHT}/retime": staff(404, 422, 422),
    "GET /staff/schedules": staff(200, 200, 200),
    "GET /staff/schedules/import": staff(200, 200, 200),
    "POST /staff/schedules/import": staff(422, 422, 422),
    "POST /staff/schedules/import/save": staff(422, 422, 422),
    "GET /staff/schedules/<designator>/<operates_from>/<origin>": staff(404, 200, 200),
    "GET /staff/schedules/<designator>/<operates_from>/<origin>/end": staff(404, 303, 303),
    "POST /staff/schedules/<designator>/<operates_from>/<origin>/end": staff(404, 422, 422),
    "GET /staff/schedules/<designator>/<operates_from>/<origin>/retime": staff(404, 303, 303),
    "POST /staff/schedules/<designator>/<operates_from>/<origin>/retime": staff(404, 422, 422),
    f"GET {FLIGHT}/sales": staff(404, 200, 200),
    f"GET {FLIGHT}/sales/preview": staff(404, 303, 303),
    f"POST {FLIGHT}/sales": staff(404, 422, 422),
    f"POST {FLIGHT}/status": staff(404, 422, 422),
    f"GET {FLIGHT}/cancel": staff(404, 200, 200),
    f"POST {FLIGHT}/cancel": staff(404, 303, 303),
    "GET /staff/bookings": staff(200, 200, 200),
    "GET /staff/bookings/<reference>": staff(404, 200, 200),
    "POST /staff/bookings/<reference>/serve": staff(404, 303, 303),
    "GET /staff/schedule-changes": staff(200, 200, 200),
    "POST /staff/schedule-changes/<reference>/<position>/handled": staff(404, 303, 303),
    "GET /staff/mails": staff(200, 200, 200),
    "POST /staff/mails/again": staff(404, 404, 404),
    "POST /staff/mails/retry": staff(404, 404, 404),
    "POST /staff/mails/withdraw": staff(404, 404, 404),
    "GET /staff/integrity": staff(200, 200, 200),
    "GET /static/<path:filename>": everybody(200),
    "GET /healthz": everybody(200),
    "GET /readyz": everybody(200),
    "GET /metrics": everybody(200),
}
# These end what the others need: they come last.
_LAST = (f"POST {CHANGE}/accept", "POST /account/calendar", "POST /logout")


@pytest.fixture
def places(app: Flask) -> dict[str, str]:
    """Return what stands for the names in addresses: a booking and a flight that exist."""
    owner = make_user("alice@example.com")
    flight, moved = make_flight(), make_flight()
    booking = make_booking(flight, user=owner, family=STANDARD)
    make_booking(moved, user=owner)
    later = moved.departs_at + timedelta(hours=5), moved.arrives_at + timedelta(hours=5)
    with transaction():
        disruptions.retime_flight(moved.id, *later, moved.departs_on, "sam")
        feed = renew_feed(owner.id)
    return {
        "reference": booking.reference,
        "passenger": "0",
        "segment": "0",
        "position": "0",
        "designator": f"X1{flight.number}",
        "departs_on": flight.departs_on.isoformat(),
        "operates_from": make_schedule(flight.number).operates_from.isoformat(),
        "origin": "DEL",
        "name": "nothing",
        "filename": "icon.svg",
        "token": "nothing",
        f"{CHANGE} token": links.sign(db.session.query(ScheduleChange).one()),
        "/calendar/<token>.ics token": feed.token,
    }


def test_every_address_has_a_row(app: Flask) -> None:
    rules = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert rules - MATRIX.keys() == set(), "say in MATRIX who is answered what"
    assert MATRIX.keys() - rules == set(), "these addresses are no more"


def test_every_role_is_answered_what_the_matrix_says(app: Flask, places: dict[str, str]) -> None:
    cookies = {role: session_of(app, role) for role in ROLES}
    wrong = []
    for row, expected in sorted(MATRIX.items(), key=lambda row: (row[0] in _LAST, row)):
        answers = tuple(answer(app, row, cookies[role], places) for role in ROLES)
        if answers != expected:
            wrong.append(f"{row}: {answers} and not {expected}")
    assert not wrong, "\n".join(wrong)


def test_a_look_at_the_head_alone_is_answered_as_the_page(
    app: Flask, places: dict[str, str]
) -> None:
    cookies = {role: session_of(app, role) for role in ROLES}
    pages = [row for row in MATRIX if row.startswith("GET ")]
    heads = {row: row.replace("GET", "HEAD") for row in pages}
    differ = [
        f"{row} for {role}"
        for row, head in heads.items()
        for role in ROLES
        if answer(app, head, cookies[role], places) != answer(app, row, cookies[role], places)
    ]
    assert not differ


def session_of(app: Flask, role: str) -> str | None:
    """Log somebody in as a browser does, and return their cookie."""
    if role == "nobody":
        return None
    roles = {
        "olga": (Role.AIRLINE_STAFF, "Y2"),
        "sam": (Role.AIRLINE_STAFF, "X1"),
        "ada": (Role.ADMIN, None),
    }
    browser = app.test_client()
    log_in(browser, make_user(f"{role}@example.com", *roles.get(role, (Role.CUSTOMER, None))))
    cookie = browser.get_cookie("session")
    assert cookie
    return cookie.value


def answer(app: Flask, row: str, cookie: str | None, places: dict[str, str]) -> int | str:
    """Send an empty request; return its status, or `login` where that is where it leads."""
    method, rule = row.split()

    def value(found: re.Match[str]) -> str:
        prefix = next((each for each in (CHANGE, rule) if rule.startswith(each)), rule)
        return places.get(f"{prefix} {found[1]}", places[found[1]])

    browser = app.test_client()
    if cookie:
        browser.set_cookie("session", cookie)
    sent = browser.open(re.sub(r"<(?:\w+:)?(\w+)>", value, rule), method=method, buffered=True)
    return "login" if (sent.location or "").startswith("/login?") else sent.status_code
