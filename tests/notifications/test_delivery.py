"""The conversation with the mail server: kept connections, refusals, silence; and the pace."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator

import pytest
from flask_mail import Mail

from tests.services import MailServer
from tests.services.mail import HANG_UP, NEVER, OK, TRY_LATER
from webapp.notifications import delivery
from webapp.notifications.delivery import Refused, SmtpLine, Unreachable, mail_config
from webapp.notifications.mime import Message, wire_bytes
from webapp.notifications.pace import Later, Pace, Turn

SENDER = "no-reply@fairwind.example"


def line_to(server: MailServer) -> SmtpLine:
    return SmtpLine(Mail().init_mail(mail_config(server.url)))


@pytest.fixture(params=[False, True], ids=["one by one", "in a row"])
def line(mail_server: MailServer, request: pytest.FixtureRequest) -> Iterator[SmtpLine]:
    """A line to a real server, which takes commands one by one, or several in a row as well."""
    mail_server.takes_rows = request.param
    line = line_to(mail_server)
    yield line
    line.close()


def send(line: SmtpLine, recipient: str = "alice@example.com", patience: float = 10) -> str:
    content = wire_bytes(Message("<1@x>", SENDER, recipient, "Hello", "Hello\n", "<p>Hello</p>\n"))
    return line.deliver(SENDER, recipient, content, patience)


def test_one_connection_carries_many_mails(line: SmtpLine, mail_server: MailServer) -> None:
    assert send(line) == OK
    smtp = line.host
    assert send(line, "bob@example.com") == OK
    assert line.host is smtp
    assert [each.recipients for each in mail_server.messages] == [
        ("alice@example.com",),
        ("bob@example.com",),
    ]


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(
    line: SmtpLine, mail_server: MailServer
) -> None:
    send(line)
    mail_server.stop()
    mail_server.start()
    send(line)
    assert len(mail_server.messages) == 2


@pytest.mark.parametrize("answer", [TRY_LATER, NEVER, "421 4.3.2 Closing"])
def test_a_refused_recipient_or_mail_leaves_the_connection_good_for_the_next(
    line: SmtpLine, mail_server: MailServer, answer: str
) -> None:
    mail_server.recipient_answer = answer
    with pytest.raises(Refused) as refused:
        send(line)
    assert not isinstance(refused.value, Unreachable)
    assert (refused.value.code, refused.value.words) == (int(answer[:3]), answer[4:])
    mail_server.recipient_answer, mail_server.answer = OK, answer
    with pytest.raises(Refused):
        send(line)
    mail_server.answer = OK
    assert send(line) == OK


def test_a_server_that_asks_for_the_content_of_a_refused_mail_gets_none(
    line: SmtpLine, mail_server: MailServer
) -> None:
    mail_server.recipient_answer, mail_server.is_careless = NEVER, True
    begun = time.monotonic()
    with pytest.raises(Refused) as refused:
        send(line)
    assert refused.value.code == int(NEVER[:3])
    assert time.monotonic() - begun < 3, "neither waits for the other"
    mail_server.recipient_answer, mail_server.is_careless = OK, False
    assert send(line) == OK
    assert len(mail_server.messages) == 1


def test_a_server_that_answers_nonsense_gets_the_next_mail_on_a_new_connection(
    line: SmtpLine, mail_server: MailServer
) -> None:
    mail_server.answer = "Hello there"
    with pytest.raises(Refused) as refused:
        send(line)
    assert refused.value.code not in range(200, 600)
    assert line.host is None
    mail_server.answer = OK
    assert send(line) == OK


def test_a_line_that_begins_with_a_dot_arrives_whole(
    line: SmtpLine, mail_server: MailServer
) -> None:
    content = b"Subject: Dots\r\n\r\n.\r\n..\r\n.dot\r\nend\r\n"
    line.deliver(SENDER, "alice@example.com", content, 10)
    body = mail_server.messages[0].message.get_content()
    assert body.replace("\r\n", "\n") == ".\n..\n.dot\nend\n"


def test_a_server_that_is_away_is_no_refusal_of_the_mail(mail_server: MailServer) -> None:
    mail_server.stop()
    with pytest.raises(Unreachable) as refused:
        send(line_to(mail_server))
    assert refused.value.code is None


def test_a_password_that_cannot_be_told_to_the_server_is_told_to_nobody(
    mail_server: MailServer,
) -> None:
    mail_server.asks_who = True
    url = mail_server.url.replace("//", "//user:geh%C3%A4im@")
    with pytest.raises(Unreachable) as unreachable:
        send(SmtpLine(Mail().init_mail(mail_config(url))))
    told = "".join(traceback.format_exception(unreachable.value))
    assert "MAIL_URL" in unreachable.value.words
    assert "geh" not in told


@pytest.mark.parametrize("answer", ["452 4.3.1 The disk is full", "421 4.3.2 Closing", HANG_UP])
def test_a_server_that_takes_no_mail_for_now_refuses_none(
    line: SmtpLine, mail_server: MailServer, answer: str
) -> None:
    mail_server.sender_answer = answer
    for _ in range(2):  # On a new connection, and where there was one.
        with pytest.raises(Unreachable) as refused:
            send(line)
        assert refused.value.code == (int(answer[:3]) if answer[0] == "4" else None)
    mail_server.sender_answer = "550 5.7.1 Not from you"
    with pytest.raises(Refused) as refused:
        send(line)
    assert not isinstance(refused.value, Unreachable)
    mail_server.sender_answer = OK
    assert send(line) == OK
    mail_server.sender_answer = "452 4.3.1 The disk is full"
    with pytest.raises(Unreachable):
        send(line)


def test_a_server_that_hangs_up_on_one_address_alone_refuses_that_mail(
    line: SmtpLine, mail_server: MailServer
) -> None:
    mail_server.recipient_answer = HANG_UP
    with pytest.raises(Refused) as refused:
        send(line)
    assert not isinstance(refused.value, Unreachable)
    mail_server.recipient_answer = OK
    assert send(line) == OK


def test_a_server_that_reads_the_mail_before_it_answers_gets_it_once(
    line: SmtpLine, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_STEP_SECONDS", 0.5)
    mail_server.delay = 1.5
    assert send(line) == OK
    assert len(mail_server.messages) == 1


def test_a_server_that_hangs_gives_the_thread_back_in_time(
    line: SmtpLine, mail_server: MailServer
) -> None:
    mail_server.delay = 5
    begun = time.monotonic()
    with pytest.raises(Refused):
        send(line, patience=1)
    assert time.monotonic() - begun < 3
    mail_server.delay = 0


def test_an_address_beyond_ascii_is_sent_where_the_server_takes_it(
    line: SmtpLine, mail_server: MailServer
) -> None:
    assert send(line, "zoë@example.com") == OK


def test_the_pace_of_a_domain_holds_back_that_domain_alone() -> None:
    pace = Pace(1000, 10)
    turns = [pace.turn(f"{number}@slow.example") for number in range(12)]
    waits = [turn.seconds for turn in turns if isinstance(turn, Turn)]
    assert len(waits) == 12
    assert waits[0] == 0, "a second's worth may go at once"
    assert waits[-1] > 0
    assert pace.turn("a@other.example") == Turn(0)


def test_who_would_wait_long_is_told_a_time_of_its_own_to_come_back() -> None:
    pace = Pace(1000, 2)
    turns = [pace.turn("a@slow.example") for _ in range(20)]
    later = [turn.seconds for turn in turns if isinstance(turn, Later)]
    assert later
    assert later == sorted(set(later))
    assert all(turn.seconds <= 2 for turn in turns if isinstance(turn, Turn))


def test_all_mails_together_keep_the_pace_too() -> None:
    pace = Pace(5, 100)
    turns = [pace.turn(f"a@{number}.example") for number in range(30)]
    assert any(isinstance(turn, Later) for turn in turns)
