"""The servers that the suite stands on do what the suite relies on."""

from __future__ import annotations

import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pika
import psutil
import pymysql
import pytest
from sqlalchemy.engine import make_url

from tests.services import CannotStart, MailServer, MariaDB, RabbitMQ, ServiceMissing, provide
from tests.services.loopback import is_listening
from tests.services.mail import NEVER, OK, TRY_LATER
from tests.services.server import Process, wait_until_ready


@pytest.fixture
def own_mariadb(mariadb: MariaDB) -> Iterator[MariaDB]:
    """The run's MariaDB, running again however a test leaves it."""
    yield mariadb
    mariadb.start()


@pytest.fixture
def own_rabbitmq(rabbitmq: RabbitMQ) -> Iterator[RabbitMQ]:
    """The run's RabbitMQ, running again however a test leaves it."""
    yield rabbitmq
    rabbitmq.start()


def select(url: str, statement: str) -> object:
    address = make_url(url)
    connection = pymysql.connect(
        host=address.host,
        port=address.port or 0,
        user=address.username,
        password=str(address.password),
        database=address.database,
        charset="utf8mb4",
        autocommit=True,
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone()
    finally:
        connection.close()
    return row[0] if row else None


def listening_addresses(pids: list[int]) -> set[IPv4Address | IPv6Address]:
    processes = [psutil.Process(pid) for pid in pids]
    processes += [child for process in processes for child in process.children(recursive=True)]
    return {
        ip_address(connection.laddr.ip)
        for process in processes
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def publish(server: RabbitMQ, queue: str, body: bytes) -> None:
    connection = server.connect()
    try:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True)
        channel.confirm_delivery()
        persistent = pika.BasicProperties(delivery_mode=2)
        channel.basic_publish("", queue, body, persistent)
    finally:
        connection.close()


def take(server: RabbitMQ, queue: str) -> bytes | None:
    connection = server.connect()
    try:
        body: bytes | None = connection.channel().basic_get(queue, auto_ack=True)[2]
        return body
    finally:
        connection.close()


def send(server: MailServer, subject: str = "Grüße") -> None:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "sam@example.com"
    message["To"] = "alice@example.com"
    message.set_content("Take your seat.\n")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        client.send_message(message, to_addrs=["alice@example.com", "bob@example.com"])


def test_mariadb_answers_and_each_fresh_database_is_empty(mariadb: MariaDB) -> None:
    one, other = mariadb.create_database(), mariadb.create_database()
    select(one, "CREATE TABLE seat (number INT)")
    assert (
        select(one, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema=DATABASE()")
        == 1
    )
    assert (
        select(
            other, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema=DATABASE()"
        )
        == 0
    )
    assert select(mariadb.url, "SELECT '✈'") == "✈"
    mariadb.drop_database(one)
    with pytest.raises(pymysql.err.OperationalError, match="Unknown database"):
        select(one, "SELECT 1")


def test_mariadb_keeps_what_was_committed_through_a_kill_and_a_stop(
    own_mariadb: MariaDB,
) -> None:
    mariadb, port = own_mariadb, own_mariadb.port
    url = mariadb.create_database()
    select(url, "CREATE TABLE seat (number INT)")
    for number, end in enumerate((mariadb.kill, mariadb.stop)):
        select(url, f"INSERT INTO seat VALUES ({number})")
        end()
        assert not mariadb.is_alive()
        assert not is_listening(port)
        mariadb.start()
        assert mariadb.port == port
    assert select(url, "SELECT COUNT(*) FROM seat") == 2


def test_mariadb_listens_on_loopback_only(mariadb: MariaDB) -> None:
    if not mariadb.pids():
        pytest.skip("its processes are in a container")
    addresses = listening_addresses(mariadb.pids())
    assert addresses
    assert all(address.is_loopback for address in addresses)


def test_mariadb_lets_nobody_in_without_the_password(mariadb: MariaDB) -> None:
    with pytest.raises(pymysql.err.OperationalError, match=r"Access denied|is not loaded"):
        pymysql.connect(host="127.0.0.1", port=mariadb.port, user="root", password="")


def test_rabbitmq_keeps_a_confirmed_message_through_a_kill_and_a_stop(
    own_rabbitmq: RabbitMQ,
) -> None:
    server, port = own_rabbitmq, own_rabbitmq.port
    for end, body in ((server.kill, b"one"), (server.stop, b"two")):
        publish(server, "kept", body)
        # The message is on disk once it is confirmed; the record of its queue follows within the
        # two seconds that the broker's own database may keep writes back.
        time.sleep(3)
        end()
        assert not server.is_alive()
        assert not is_listening(port)
        server.start()
        assert server.port == port
        assert take(server, "kept") == body


def test_rabbitmq_its_distribution_and_its_port_mapper_listen_on_loopback_only(
    rabbitmq: RabbitMQ,
) -> None:
    if not rabbitmq.pids():
        pytest.skip("its processes are in a container")
    assert len(rabbitmq.pids()) == 2
    addresses = listening_addresses(rabbitmq.pids())
    assert addresses
    assert all(address.is_loopback for address in addresses)


def test_mail_arrives_with_its_envelope(mail_server: MailServer) -> None:
    send(mail_server)
    (received,) = mail_server.wait_for(1)
    assert received.sender == "sam@example.com"
    assert received.recipients == ("alice@example.com", "bob@example.com")
    assert received.subject == "Grüße"
    assert received.part("plain") == "Take your seat.\n"
    assert mail_server.to("bob@example.com") == [received]


def test_mail_is_put_off_refused_and_accepted_as_told(mail_server: MailServer) -> None:
    mail_server.answer = TRY_LATER
    with pytest.raises(smtplib.SMTPDataError) as put_off:
        send(mail_server)
    mail_server.recipient_answer = NEVER
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(mail_server)
    assert put_off.value.smtp_code == 451
    assert {code for code, _ in refused.value.recipients.values()} == {550}
    assert mail_server.messages == []
    mail_server.wait_for_refusal(3)
    mail_server.answer = mail_server.recipient_answer = OK
    send(mail_server)
    mail_server.wait_for(1)


def test_mail_server_stops_and_starts_again_on_the_same_port(mail_server: MailServer) -> None:
    send(mail_server, "before")
    mail_server.stop()
    with pytest.raises(ConnectionError):
        send(mail_server, "meanwhile")
    mail_server.start()
    send(mail_server, "after")
    assert [one.subject for one in mail_server.wait_for(2)] == ["before", "after"]


def test_a_server_that_does_not_come_up_shows_the_end_of_its_log(tmp_path: Path) -> None:
    process = Process(["sh", "-c", "echo the disk is full; exit 3"], log=tmp_path / "log")
    process.start()
    with pytest.raises(CannotStart, match="the disk is full"):
        wait_until_ready(process, lambda: False, name="Anything", seconds=5)
    process.close()


def test_a_server_ends_with_a_test_process_that_was_killed(tmp_path: Path) -> None:
    start = (
        "import os, sys, signal, threading, pathlib\n"
        "from tests.services.server import Process\n"
        "process = Process(['sleep', '60'], log=pathlib.Path(sys.argv[1]))\n"
        "thread = threading.Thread(target=process.start)\n"
        "thread.start(); thread.join()\n"
        "assert process.is_alive()\n"
        "print(process.pids()[0], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", start, str(tmp_path / "log")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    orphan = int(done.stdout)
    # It was adopted when its parent died, so its end is seen from its state alone.
    deadline = time.monotonic() + 5
    while is_running(orphan) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(orphan)


def test_what_is_missing_is_said_loudly_and_fails_only_where_ci_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = provide.Need("Lost", lambda: None, ("lost-server",), None, "everything")
    monkeypatch.setattr(provide, "NEEDS", (lost,))
    monkeypatch.setattr(provide, "_can_install", lambda: False)
    monkeypatch.delenv("CI", raising=False)
    assert provide.main() == 0
    assert "Lost is missing. NOT TESTED: everything." in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    assert provide.main() == 1


def test_without_program_and_engine_a_server_says_that_it_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MYSQL_PROGRAM", raising=False)
    monkeypatch.setattr("tests.services.mariadb.find_mariadbd", lambda: None)
    monkeypatch.setattr("tests.services.rabbitmq.find_rabbitmq_server", lambda: None)
    monkeypatch.setattr("tests.services.docker.engine_answers", lambda: False)
    for kind in (MariaDB, RabbitMQ):
        with pytest.raises(ServiceMissing):
            kind()
