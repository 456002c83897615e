"""Following the price of a journey: by form, by the hourly look, by mail, and out again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.builders import PASSWORD, log_in, make_flight, make_user
from tests.conftest import MakeApp
from tests.pages import alerts, beside, page, typed
from tests.races import at_once
from webapp import clock
from webapp.accounts.passwords.service import change_email
from webapp.alerts import service
from webapp.alerts.links import token_of
from webapp.alerts.models import AlertState, PriceAlert
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.models import FlightCabin
from webapp.money import Money
from webapp.notifications.mime import Message
from webapp.notifications.models import Kind, Notification, State
from webapp.notifications.rendering import render_mail
from worker.facts import read_facts
from worker.mails import Mail, Withheld, decide
from worker.price_checks import check_prices

JOURNEY = "origin=DEL&destination=BOM&depart=2026-11-10"
FOLLOW = f"/alerts/follow?{JOURNEY}"


@pytest.fixture(autouse=True)
def flight(app: Flask) -> None:
    clock.move_to(datetime(2026, 10, 20, 9, tzinfo=UTC))
    make_flight(departs_at=datetime(2026, 11, 10, 8, tzinfo=UTC), fare=100_00)


def follow(client: FlaskClient, rule: str = "percent", threshold: int = 10, **more: str) -> None:
    answer = client.post(FOLLOW, data={"rule": rule, "threshold": threshold, **more})
    assert answer.status_code in (200, 303), alerts(answer)


def check(fare: int | None = None, after: timedelta = timedelta(hours=1)) -> None:
    """Let time pass and the price change, and look at the prices as the schedule does."""
    clock.move_to(clock.now() + after)
    if fare is not None:
        with transaction() as session:
            session.execute(update(FlightCabin).values(fare_minor=fare * 100))
    db.session.rollback()
    check_prices()
    db.session.rollback()


def mails(kind: Kind = Kind.PRICE_ALERT) -> list[Notification]:
    query = select(Notification).where(Notification.kind == kind).order_by(Notification.id)
    return list(db.session.scalars(query))


def the_alert() -> PriceAlert:
    db.session.expire_all()
    return db.session.scalars(select(PriceAlert)).one()


def written(notification: Notification) -> Message:
    db.session.expire_all()
    facts = read_facts([notification])
    decision = decide(notification, facts)
    assert isinstance(decision, Mail), decision
    locale = facts.preferences_of(notification).locale
    return render_mail(notification, decision.template, locale, **decision.context)


def link(message: Message, ending: str = "") -> str:
    """Return the path of the link to the alert in a mail's text."""
    found = re.search(rf"(/alerts/[\w.-]+{ending})[\s>]", message.body)
    assert found, message.body
    return found.group(1)


def test_a_result_page_leads_to_the_form_and_the_form_to_the_list(client: FlaskClient) -> None:
    log_in(client, make_user())
    results = page(client.get(f"/flights?{JOURNEY}"))
    (href,) = [a.attributes["href"] for a in results.all("a") if a.text == "Follow this price"]
    assert "$100" in page(client.get(href)).one("main").text
    answer = client.post(href, data={"rule": "below", "threshold": "80"})
    assert answer.status_code == 303
    shown = page(client.get(answer.headers["Location"])).one("main").text
    assert "Delhi → Mumbai" in shown
    assert "You follow this price now. We write when the price falls to $80 or less." in shown


def test_following_a_journey_again_changes_the_rule(client: FlaskClient) -> None:
    log_in(client, make_user())
    assert "follow it already" not in client.get(FOLLOW).text
    follow(client)
    shown = page(client.get(FOLLOW))
    assert "You follow it already: we write when the price moves by 10 %" in shown.text
    follow(client, "amount", 20)
    assert typed(client.get(FOLLOW), "threshold") == "20"
    assert (the_alert().rule, the_alert().threshold) == ("amount", 20)


@pytest.mark.parametrize(
    ("rule", "threshold", "quiet", "loud"),
    [
        ("percent", 10, [91, 109], 90),
        ("percent", 10, [91, 109], 110),
        ("amount", 15, [86, 114], 85),
        ("amount", 15, [86, 114], 115),
        ("below", 80, [81, 300], 80),
    ],
)
def test_a_mail_is_planned_when_the_price_moves_as_far_as_the_rule_says(
    client: FlaskClient, rule: str, threshold: int, quiet: list[int], loud: int
) -> None:
    log_in(client, make_user())
    follow(client, rule, threshold)
    for fare in quiet:
        check(fare)
        assert not mails()
    check(loud)
    (mail,) = mails()
    assert mail.recipient == "alice@example.com"
    message = written(mail)
    assert f"${loud}" in message.subject


def test_small_moves_add_up_from_the_price_that_was_last_told(client: FlaskClient) -> None:
    log_in(client, make_user())
    follow(client, "amount", 10)
    for fare in (96, 93, 89):
        check(fare)
    (mail,) = mails()
    message = written(mail)
    assert "now $89, down from $100" in message.subject
    assert "now $89. That is 11 % less than $100 before." in " ".join(message.body.split())
    assert "&sort=price" in message.body, "what it costs stands first"
    check(80, timedelta(hours=25))
    assert len(mails()) == 1
    check(79)
    assert "now $79, down from $89" in written(mails()[1]).subject


def test_a_limit_is_told_each_time_that_the_price_comes_down_through_it(
    client: FlaskClient,
) -> None:
    log_in(client, make_user())
    follow(client, "below", 80)
    for fare, told in ((79, 1), (70, 1), (90, 1), (78, 2)):
        check(fare, timedelta(hours=25))
        assert len(mails()) == told


def test_there_is_at_most_one_mail_in_a_day_and_none_of_a_move_that_is_over(
    client: FlaskClient,
) -> None:
    log_in(client, make_user())
    follow(client, "amount", 10)
    check(80)
    for fare in (60, 90, 40):
        check(fare)
    assert len(mails()) == 1
    check(40, timedelta(hours=24))
    assert "now $40, down from $80" in written(mails()[1]).subject
    check(20)
    check(40)
    check(40, timedelta(hours=25))
    assert len(mails()) == 2


def test_prices_are_looked_at_once_an_hour(client: FlaskClient) -> None:
    log_in(client, make_user())
    follow(client)
    check(50, timedelta(minutes=59))
    assert not mails()
    check(50, timedelta(minutes=1))
    assert len(mails()) == 1


def test_two_looks_at_once_plan_one_mail(client: FlaskClient) -> None:
    log_in(client, make_user())
    follow(client)
    check(50)
    with transaction() as session:
        session.execute(update(PriceAlert).values(checked_at=clock.now() - timedelta(hours=2)))
    check(50, timedelta())
    assert len(mails()) == 1


def test_looks_of_many_schedulers_at_the_same_moment_plan_one_mail(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    follow(client)
    alert_id = the_alert().id

    def record(price: Money) -> None:
        with transaction():
            service.record_price(alert_id, price)

    for told, fare in enumerate((50, 44), 1):
        clock.move_to(clock.now() + timedelta(hours=25))
        look = partial(retry_conflicts, partial(record, Money(fare * 100, "USD")))
        assert at_once(app, [look] * 8) == [None] * 8
        assert len(mails()) == told


def test_the_mail_tells_the_price_of_its_own_moment(client: FlaskClient) -> None:
    log_in(client, make_user())
    follow(client)
    check(50)
    with transaction() as session:
        session.execute(update(FlightCabin).values(fare_minor=45_00))
    message = written(mails()[0])
    assert "now $45" in message.subject
    with transaction() as session:
        session.execute(update(FlightCabin).values(fare_minor=100_00))
    assert decide(mails()[0]) == Withheld("the price has moved back")
    with transaction() as session:
        session.execute(update(FlightCabin).values(sellable=0))
    assert decide(mails()[0]) == Withheld("no seats are left")


def test_no_seats_are_no_price_and_nothing_is_told_of_them(client: FlaskClient) -> None:
    log_in(client, make_user())
    follow(client)
    with transaction() as session:
        session.execute(update(FlightCabin).values(sellable=0))
    check()
    assert not mails()
    assert the_alert().seen_minor is None
    assert "No seats left" in page(client.get("/alerts/")).one("main").text


def test_a_return_journey_is_followed_as_a_whole(client: FlaskClient) -> None:
    make_flight(
        origin="BOM",
        destination="DEL",
        departs_at=datetime(2026, 11, 17, 8, tzinfo=UTC),
        fare=200_00,
    )
    log_in(client, make_user())
    answer = client.post(
        f"{FOLLOW}&return=2026-11-17&adults=2", data={"rule": "percent", "threshold": "10"}
    )
    assert answer.status_code == 303
    assert the_alert().base_minor == 600_00
    check(100)
    assert "now $400, down from $600" in written(mails()[0]).subject


def test_a_journey_whose_day_has_come_is_looked_at_no_more(client: FlaskClient) -> None:
    log_in(client, make_user())
    follow(client)
    clock.move_to(datetime(2026, 11, 11, 1, tzinfo=UTC))
    check(50)
    assert the_alert().state == AlertState.ENDED
    assert not mails()


def test_one_click_from_a_mail_program_stops_it_without_cookie_log_in_or_csrf_token(
    client: FlaskClient, make_app: MakeApp
) -> None:
    log_in(client, make_user())
    follow(client)
    check(50)
    message = written(mails()[0])
    assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<https?://[^/]+(/alerts/\S+)>", message.headers["List-Unsubscribe"])
    assert found
    program = make_app(csrf=True).test_client()
    # A program that only follows the link changes nothing.
    assert program.get(found[1]).status_code == 200
    assert the_alert().state == AlertState.ACTIVE
    for _ in range(2):
        answer = program.post(found[1], data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert not db.session.scalars(select(PriceAlert)).all()
    assert decide(mails()[0]) == Withheld("unsubscribed")


def test_the_link_in_a_mail_pauses_it_and_goes_on_without_a_log_in(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    follow(client)
    check(50)
    manage = link(written(mails()[0]))
    guest = app.test_client()
    assert guest.get(manage).status_code == 200
    assert guest.post(f"{manage}/pause").status_code == 303
    assert decide(mails()[0]) == Withheld("paused")
    check(10, timedelta(hours=25))
    assert len(mails()) == 1
    assert guest.post(f"{manage}/resume").status_code == 303
    check(10)
    assert len(mails()) == 2


def test_a_rule_is_changed_and_a_wrong_one_is_told_beside_its_field(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    follow(client)
    check(50)
    manage = link(written(mails()[0]))
    answer = client.post(f"{manage}/rule", data={"rule": "percent", "threshold": "91"})
    assert answer.status_code == 422
    assert "up to 90" in beside(answer, "threshold")
    assert typed(answer, "threshold") == "91"
    assert (
        client.post(f"{manage}/rule", data={"rule": "below", "threshold": "40"}).status_code == 303
    )
    assert (the_alert().rule, the_alert().base_minor) == ("below", 50_00)


def test_the_link_of_an_alert_that_was_stopped_opens_nobody_elses(
    app: Flask, client: FlaskClient
) -> None:
    follow(client, email="bob@example.com")
    old = link(written(mails(Kind.ALERT_OPENED)[0]))
    assert client.post(f"{old}/stop").status_code == 200
    follow(app.test_client(), email="carol@example.com")
    asked = [mail.recipient for mail in mails(Kind.ALERT_OPENED)]
    assert asked == ["bob@example.com", "carol@example.com"]
    assert client.get(old).status_code == 404
    client.post(f"{old}/stop")
    assert the_alert().email == "carol@example.com"


def test_an_address_is_asked_about_a_few_journeys_a_day(client: FlaskClient) -> None:
    for adults in range(1, 6):
        answer = client.post(
            f"{FOLLOW}&adults={adults}",
            data={"rule": "percent", "threshold": 10, "email": "bob@example.com"},
        )
        assert answer.status_code == 200
    data = {"rule": "percent", "threshold": 10, "email": "BOB@example.com"}
    answer = client.post(f"{FOLLOW}&adults=6", data=data)
    assert answer.status_code == 422
    assert "asked this address often enough today" in beside(answer, "email")
    assert len(mails(Kind.ALERT_OPENED)) == db.session.query(PriceAlert).count() == 5
    clock.move_to(clock.now() + timedelta(hours=25))
    assert client.post(f"{FOLLOW}&adults=6", data=data).status_code == 200


@pytest.mark.parametrize("action", ["", "/confirm", "/rule", "/pause", "/resume", "/stop"])
@pytest.mark.parametrize("token", ["1", "MQ.forged", "x" * 300])
def test_a_link_that_we_did_not_make_is_a_page_that_says_how_to_go_on(
    client: FlaskClient, token: str, action: str
) -> None:
    log_in(client, make_user())
    follow(client)
    address = f"/alerts/{token}{action}"
    answer = client.get(address) if action in ("", "/stop") else client.post(address, data={})
    assert answer.status_code == 404
    assert "follow its price again" in page(answer).one("main").text
    assert the_alert().state == AlertState.ACTIVE


def test_an_address_without_an_account_answers_first(app: Flask, client: FlaskClient) -> None:
    follow(client, email="bob@example.com")
    assert the_alert().state == AlertState.UNCONFIRMED
    check(50)
    assert not mails()
    (asked,) = mails(Kind.ALERT_OPENED)
    assert asked.recipient == "bob@example.com"
    confirm = link(written(asked))
    # Programs that follow links confirm nothing.
    assert client.get(confirm).status_code == 200
    assert the_alert().state == AlertState.UNCONFIRMED
    confirmed = client.post(f"{confirm}/confirm", follow_redirects=True)
    assert "Thank you. We write to you when the price moves by 10 %." in page(confirmed).text
    assert decide(asked) == Withheld("confirmed already")
    check(50)
    assert [mail.recipient for mail in mails()] == ["bob@example.com"]


def test_typing_an_address_again_changes_nothing_and_asks_once_a_day(
    client: FlaskClient,
) -> None:
    for _ in range(3):
        follow(client, email="bob@example.com")
    assert len(mails(Kind.ALERT_OPENED)) == 1
    client.post(f"{link(written(mails(Kind.ALERT_OPENED)[0]))}/confirm")
    follow(client, "percent", 90, email="bob@example.com")
    assert the_alert().threshold == 10
    assert the_alert().state == AlertState.ACTIVE
    assert len(mails(Kind.ALERT_OPENED)) == 1


def test_an_address_that_never_answers_is_forgotten(client: FlaskClient) -> None:
    follow(client, email="bob@example.com")
    check(after=timedelta(days=8))
    assert not db.session.scalars(select(PriceAlert)).all()


def test_an_alert_that_is_not_confirmed_cannot_be_changed(client: FlaskClient) -> None:
    follow(client, email="bob@example.com")
    manage = link(written(mails(Kind.ALERT_OPENED)[0]))
    assert client.post(f"{manage}/pause").status_code == 409
    assert the_alert().state == AlertState.UNCONFIRMED


def test_the_list_is_the_travellers_own(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user())
    follow(client)
    bob = app.test_client()
    assert bob.get("/alerts/").status_code == 302 or bob.get("/alerts/").status_code == 303
    log_in(bob, make_user("bob@example.com"))
    assert "You follow no price yet" in page(bob.get("/alerts/")).one("main").text
    form = page(client.get("/alerts/")).one("main").one("form")
    client.post(form.attributes["action"])
    assert "You follow no price yet" in page(client.get("/alerts/")).one("main").text


def followed_as_guest(app: Flask, email: str) -> None:
    """Follow by an address alone, and answer from there."""
    guest = app.test_client()
    follow(guest, email=email)
    asked = mails(Kind.ALERT_OPENED)[-1]
    guest.post(f"{link(written(asked))}/confirm")


def test_what_an_address_follows_belongs_to_the_account_that_has_confirmed_it(
    app: Flask, client: FlaskClient
) -> None:
    followed_as_guest(app, "alice@example.com")
    alice = make_user()
    log_in(client, alice)
    assert "when the price moves by 10 %" in page(client.get("/alerts/")).one("main").text
    assert "You follow it already" in client.get(FOLLOW).text
    follow(client, "percent", 20)
    alert = the_alert()
    assert (alert.threshold, alert.user_id) == (20, alice.id)
    assert len(page(client.get("/alerts/")).one("main").all("article")) == 1
    check(150)
    assert [mail.recipient for mail in mails()] == ["alice@example.com"]


def test_two_alerts_of_an_account_and_its_address_become_one(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    follow(client)
    followed_as_guest(app, "alice@example.com")
    follow(client, "percent", 20)
    assert (the_alert().threshold, the_alert().state) == (20, AlertState.ACTIVE)


def test_an_account_is_told_nothing_of_what_an_address_follows_before_it_has_confirmed_it(
    app: Flask, client: FlaskClient
) -> None:
    followed_as_guest(app, "alice@example.com")
    stranger = make_user()
    with transaction() as session:
        session.merge(stranger).email_verified_at = None
    log_in(client, stranger)
    assert "You follow no price yet" in page(client.get("/alerts/")).one("main").text
    assert "You follow it already" not in client.get(FOLLOW).text
    follow(client, "percent", 20)
    db.session.expire_all()
    rules = db.session.scalars(select(PriceAlert.threshold).order_by(PriceAlert.id)).all()
    assert rules == [10, 20]


def test_with_its_account_an_address_stops_to_follow(app: Flask, client: FlaskClient) -> None:
    followed_as_guest(app, "alice@example.com")
    followed_as_guest(app, "bob@example.com")
    alice = make_user()
    with transaction():
        service.stop_alerts_of(alice)
    assert the_alert().email == "bob@example.com"


def test_what_nobody_answered_from_an_address_stands_in_no_list(
    app: Flask, client: FlaskClient
) -> None:
    follow(app.test_client(), email="alice@example.com")
    log_in(client, make_user())
    assert "You follow no price yet" in page(client.get("/alerts/")).one("main").text
    assert "You follow it already" not in client.get(FOLLOW).text


def test_without_seats_there_is_nothing_to_follow(client: FlaskClient) -> None:
    with transaction() as session:
        session.execute(update(FlightCabin).values(sellable=0))
    log_in(client, make_user())
    answer = client.post(FOLLOW, data={"rule": "percent", "threshold": "10"})
    assert answer.status_code == 409
    assert "no price to follow" in alerts(answer)
    assert not db.session.scalars(select(PriceAlert)).all()


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"threshold": ""}, "threshold", "Write how much"),
        ({"threshold": "0"}, "threshold", "1 upwards"),
        ({"threshold": "lots"}, "threshold", "whole number"),
        ({"threshold": "99"}, "threshold", "up to 90"),
        ({"rule": "mood"}, "rule", "one of the three"),
        ({"email": "nobody"}, "email", "@"),
        ({"email": "a@example.com\r\nBcc: b@example.com"}, "email", "invalid characters"),
    ],
)
def test_what_cannot_be_followed_is_told_beside_the_field(
    client: FlaskClient, data: dict[str, str], field: str, words: str
) -> None:
    every = {"rule": "percent", "threshold": "10", "email": "bob@example.com", **data}
    answer = client.post(FOLLOW, data=every)
    assert answer.status_code == 422
    assert words in beside(answer, field)
    assert not mails(Kind.ALERT_OPENED)


def test_a_search_that_cannot_be_is_explained_by_the_search(client: FlaskClient) -> None:
    answer = client.get("/alerts/follow?origin=DEL&destination=DEL&depart=2026-11-10")
    assert answer.status_code == 303
    assert client.get(answer.headers["Location"]).status_code == 422


def test_an_alert_lasts_for_as_long_as_its_day_lasts_where_the_journey_begins(
    app: Flask, client: FlaskClient
) -> None:
    # Half past two in the afternoon of the 1st in Honolulu, and the 2nd in London.
    clock.move_to(datetime(2027, 3, 2, 0, 30, tzinfo=UTC))
    make_flight(origin="HNL", destination="AKL", departs_at=datetime(2027, 3, 2, 6, tzinfo=UTC))
    log_in(client, make_user())
    today = "origin=HNL&destination=AKL&depart=2027-03-01"
    client.post(f"/alerts/follow?{today}", data={"rule": "percent", "threshold": 10})
    check(fare=50)
    (mail,) = mails()
    assert isinstance(decide(mail), Mail)
    clock.move_to(datetime(2027, 3, 2, 10, 30, tzinfo=UTC))
    assert decide(mail) == Withheld("the day of the journey has come")


def test_a_link_that_went_to_an_address_that_was_left_opens_nothing(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("wrong@example.com")
    log_in(client, alice)
    follow(client)
    check(80)
    address = link(written(mails()[0]))
    with transaction():
        change_email(alice, PASSWORD, "right@example.com")
    stranger = app.test_client()
    shown = stranger.get(address)
    assert shown.status_code == 404
    assert "right@example.com" not in shown.text
    for act in ("pause", "stop"):
        assert stranger.post(f"{address}/{act}").status_code == 404
    assert the_alert().state == AlertState.ACTIVE
    assert client.get(f"/alerts/{token()}").status_code == 200


def test_a_mail_that_waits_follows_its_account_to_another_address(client: FlaskClient) -> None:
    alice = make_user("wrong@example.com")
    log_in(client, alice)
    follow(client)
    check(80)
    assert [mail.recipient for mail in mails()] == ["wrong@example.com"]
    with transaction():
        change_email(alice, PASSWORD, "right@example.com")
    db.session.expire_all()
    assert [mail.recipient for mail in mails()] == ["right@example.com"]


def token() -> str:
    return token_of(the_alert())


@pytest.mark.parametrize(
    ("rule", "threshold", "told", "then"), [("below", 80, 79, 99), ("percent", 10, 120, 101)]
)
def test_a_move_that_is_none_any_more_when_its_mail_is_written_is_not_told(
    client: FlaskClient, rule: str, threshold: int, told: int, then: int
) -> None:
    log_in(client, make_user())
    follow(client, rule, threshold)
    check(told)
    (mail,) = mails()
    with transaction() as session:  # The mail server was away meanwhile.
        session.execute(update(FlightCabin).values(fare_minor=then * 100))
    db.session.expire_all()
    assert decide(mail, read_facts([mail])) == Withheld("the price has moved back")


def test_an_alert_names_the_address_that_its_account_has_now(client: FlaskClient) -> None:
    log_in(client, make_user())
    follow(client)
    client.post("/account/email", data={"email": "new@example.com", "password": PASSWORD})
    assert "write to new@example.com" in page(client.get(f"/alerts/{token()}")).text


def test_an_alert_that_is_paused_ends_with_its_day(client: FlaskClient) -> None:
    log_in(client, make_user())
    follow(client)
    client.post(f"/alerts/{token()}/pause")
    check()
    assert the_alert().state == AlertState.PAUSED
    check(after=timedelta(days=30))
    assert the_alert().state == AlertState.ENDED


def test_an_alert_whose_day_has_come_cannot_be_confirmed(client: FlaskClient) -> None:
    follow(client, email="guest@example.com")
    clock.move_to(clock.now() + timedelta(days=30))
    assert client.post(f"/alerts/{token()}/confirm").status_code == 409
    assert the_alert().state == AlertState.UNCONFIRMED


def test_a_limit_above_the_price_is_refused_beside_its_field(client: FlaskClient) -> None:
    log_in(client, make_user())
    answer = client.post(FOLLOW, data={"rule": "below", "threshold": 100})
    assert answer.status_code == 422
    assert "The price is $100 already" in beside(answer, "threshold")
    follow(client, "below", 99)
    answer = client.post(f"/alerts/{token()}/rule", data={"rule": "below", "threshold": 500})
    assert answer.status_code == 422
    assert "already: write less" in beside(answer, "threshold")


def test_a_mail_that_was_withheld_keeps_the_next_move_from_nobody(client: FlaskClient) -> None:
    log_in(client, make_user())
    follow(client, "percent", 10)
    check(120)
    (mail,) = mails()
    with transaction() as session:
        session.get_one(Notification, mail.id).state = State.WITHHELD
    check(101)
    assert len(mails()) == 1, "it is measured from what was told last"
    check(85)
    assert len(mails()) == 2
    message = written(mails()[1])
    assert "$85" in message.subject
    assert "$100" in message.body


def test_prices_are_looked_at_again_after_the_clock_was_set_back(client: FlaskClient) -> None:
    log_in(client, make_user())
    follow(client)
    check(after=timedelta(days=10))
    clock.move_to(clock.now() - timedelta(days=9))
    check(80, after=timedelta())
    assert the_alert().seen_minor == 80_00
