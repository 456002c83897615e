"""An address that is likely to reach nobody is asked about, once, of whose trip hangs on it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.booking.test_name_passengers import hold, name
from tests.builders import log_in, make_user
from tests.pages import beside, page, typed
from webapp.booking.models import Booking
from webapp.booking.passengers.mistyped import doubt_about
from webapp.db import db


@pytest.mark.parametrize(
    ("address", "doubt"),
    [
        ("m@gmial.com", "Did you mean m@gmail.com?"),
        ("m@gmai.com", "Did you mean m@gmail.com?"),
        ("m@gmail.con", "Did you mean m@gmail.com?"),
        ("m@gmail.co", "Did you mean m@gmail.com?"),
        ("m@hotnail.com", "Did you mean m@hotmail.com?"),
        ("m@yahooo.com", "Did you mean m@yahoo.com?"),
        ("m@gogglemail.com", "Did you mean m@googlemail.com?"),
        ("m@outlok.com", "Did you mean m@outlook.com?"),
        ("m@iclould.com", "Did you mean m@icloud.com?"),
        ("m@x.y", "Is this right? No address ends in “.y”."),
        ("m@gmail.com", None),
        ("m@googlemail.com", None),
        # Other providers, and a name that begins like one of the large ones.
        ("m@mail.com", None),
        ("m@ymail.com", None),
        ("m@yahoo.co.uk", None),
        ("m@hotmail.de", None),
        ("m@g.com", None),
        ("m@gm.co", None),
        ("gmial.com@example.com", None),
    ],
)
def test_one_slip_away_from_a_large_provider_is_doubtful(address: str, doubt: str | None) -> None:
    assert doubt_about(address) == doubt


def test_a_guest_is_asked_about_it_once_and_may_go_on_with_it(client: FlaskClient) -> None:
    address = hold(client)
    asked = name(client, address, contact_email="Margarethe@gmial.com ")
    assert asked.status_code == 422
    words = "Did you mean margarethe@gmail.com? Correct the address, or go on with it as it is."
    assert words in beside(asked, "contact_email")
    assert typed(asked, "contact_email") == "margarethe@gmial.com"
    known = page(asked).one("input", name="asked_email").attributes["value"]
    other = name(client, address, contact_email="margarethe@gmaill.com", asked_email=known)
    assert other.status_code == 422
    meant = name(client, address, contact_email="margarethe@gmial.com", asked_email=known)
    assert meant.status_code == 303
    assert db.session.query(Booking).one().contact_email == "margarethe@gmial.com"


def test_who_takes_the_hint_goes_on(client: FlaskClient) -> None:
    address = hold(client)
    asked = name(client, address, contact_email="margarethe@gmial.com")
    known = page(asked).one("input", name="asked_email").attributes["value"]
    right = name(client, address, contact_email="margarethe@gmail.com", asked_email=known)
    assert right.status_code == 303


def test_who_has_an_account_finds_the_trip_there_and_is_not_asked(client: FlaskClient) -> None:
    log_in(client, make_user())
    assert name(client, hold(client), contact_email="margarethe@gmial.com").status_code == 303
