"""transaction(), retry_conflicts() and rows at once: what commits, rolls back, is tried again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from tests.builders import make_airline
from tests.conftest import MakeApp
from webapp.accounts.models import Role, User
from webapp.accounts.service import ensure_user
from webapp.db import Base, db, insert_row, insert_rows, retry_conflicts, transaction
from webapp.errors import Busy
from webapp.network.models import Airline
from webapp.notifications.models import DEFAULT_REMINDER_HOURS, MailPreference

NOON = datetime(2026, 12, 1, 12, 0, 0, 123456, tzinfo=UTC)


def airline(iata: str) -> Airline:
    return Airline(iata=iata, name=f"Airline {iata}", ticketing_code="901", currency="USD")


def name_of(iata: str) -> str | None:
    with db.engine.connect() as connection:
        query = text("SELECT name FROM airlines WHERE iata = :iata")
        return connection.scalar(query, {"iata": iata})


def user_made_at(created_at: datetime) -> User:
    return User(
        email="alice@example.com", password_hash="x", role=Role.CUSTOMER, created_at=created_at
    )


# transaction()


def test_a_block_commits_at_its_end(app: Flask) -> None:
    with transaction() as session:
        session.add(airline("X1"))
        session.flush()
    assert name_of("X1") == "Airline X1"


@pytest.mark.parametrize("trouble", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_block_that_raises_leaves_nothing_behind(
    app: Flask, trouble: type[BaseException]
) -> None:
    def work() -> None:
        with transaction() as session:
            session.add(airline("X1"))
            session.flush()
            raise trouble

    with pytest.raises(trouble):
        work()
    assert name_of("X1") is None
    with transaction() as session:
        session.add(airline("X2"))
    assert name_of("X2") == "Airline X2"


def test_a_refusal_of_the_database_rolls_the_whole_block_back(app: Flask) -> None:
    make_airline("X1")

    def work() -> None:
        with transaction() as session:
            session.add(airline("X2"))
            session.flush()
            session.add(airline("X1"))
            session.flush()

    with pytest.raises(IntegrityError):
        work()
    assert name_of("X2") is None


def test_a_transaction_inside_another_is_refused(app: Flask) -> None:
    def work() -> None:
        with transaction() as session:
            session.add(airline("X1"))
            session.flush()
            with transaction():
                pass

    with pytest.raises(RuntimeError, match="does not nest"):
        work()
    assert name_of("X1") is None
    with transaction() as session:
        session.add(airline("X2"))
    assert name_of("X2") == "Airline X2", "the refusal left no trace"


def test_a_block_sees_the_present_and_not_what_was_read_before_it(app: Flask) -> None:
    make_airline("X1")
    before = db.session.get_one(Airline, "X1")
    assert before.name == "Airline X1"
    with db.engine.connect().execution_options(writes=True) as other, other.begin():
        other.execute(text("UPDATE airlines SET name = 'Renamed' WHERE iata = 'X1'"))
    with transaction() as session:
        assert session.get_one(Airline, "X1").name == "Renamed"


def test_what_was_changed_outside_a_block_is_not_smuggled_in(app: Flask) -> None:
    make_airline("X1")
    db.session.get_one(Airline, "X1").name = "Smuggled"
    with transaction():
        pass
    assert name_of("X1") == "Airline X1"


def test_objects_stay_readable_after_the_commit(app: Flask) -> None:
    with transaction():
        user = ensure_user("alice@example.com", "a long enough password", Role.CUSTOMER)
    db.session.remove()
    assert user.email == "alice@example.com"


# insert_row() and insert_rows()


AIRLINES = [
    {"iata": iata, "name": f"Airline {iata}", "ticketing_code": "901", "currency": "USD"}
    for iata in ("X1", "X2", "X3")
]


def test_a_row_written_at_once_has_an_id_and_what_nobody_said(app: Flask) -> None:
    with transaction() as session:
        row_id = insert_row(MailPreference, address="alice@example.com")
        wish = session.get_one(MailPreference, row_id)
        assert (wish.address, wish.muted) == ("alice@example.com", [])
        assert wish.reminder_hours == DEFAULT_REMINDER_HOURS


def test_rows_written_at_once_belong_to_the_block(app: Flask) -> None:
    def work() -> None:
        with transaction():
            insert_rows(Airline, AIRLINES)
            insert_rows(Airline, AIRLINES[:1])

    with pytest.raises(IntegrityError):
        work()
    assert name_of("X2") is None
    with transaction():
        insert_rows(Airline, [])
        insert_rows(Airline, AIRLINES)
    assert [name_of(iata) for iata in ("X1", "X2", "X3")] == [row["name"] for row in AIRLINES]


@pytest.mark.databases("mariadb")
def test_rows_written_at_once_are_one_statement(app: Flask) -> None:
    inserts = text("SHOW SESSION STATUS LIKE 'Com_insert'")
    with transaction() as session:
        before = int(session.execute(inserts).one()[1])
        insert_rows(Airline, AIRLINES)
        assert int(session.execute(inserts).one()[1]) == before + 1


# retry_conflicts()


def rename(iata: str, name: str) -> None:
    db.session.execute(
        text("UPDATE airlines SET name = :name WHERE iata = :iata"), {"name": name, "iata": iata}
    )


def in_threads(app: Flask, *works: Callable[[], Any]) -> list[BaseException | None]:
    ends: list[BaseException | None] = [None] * len(works)

    def run(position: int, work: Callable[[], Any]) -> None:
        try:
            with app.app_context():
                work()
        except BaseException as error:
            ends[position] = error

    threads = [
        threading.Thread(target=run, args=(position, work)) for position, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


def crossing_writers() -> tuple[list[int], Callable[[], None], Callable[[], None]]:
    """Return two works that lock two rows in opposite order, and how often each was begun."""
    both_hold_one = threading.Barrier(2, timeout=20)
    begun = [0, 0]

    def work(position: int, first: str, second: str) -> None:
        begun[position] += 1
        with transaction():
            rename(first, f"by {position}")
            if begun[position] == 1:
                both_hold_one.wait()
            rename(second, f"by {position}")

    return begun, lambda: work(0, "X1", "X2"), lambda: work(1, "X2", "X1")


@pytest.mark.databases("mariadb")
def test_a_deadlock_without_a_retry_fails_one_of_the_two(app: Flask) -> None:
    make_airline("X1")
    make_airline("X2")
    _, one, other = crossing_writers()
    ends = in_threads(app, one, other)
    (error,) = [end for end in ends if end is not None]
    assert isinstance(error, OperationalError)
    assert "Deadlock" in str(error)


@pytest.mark.databases("mariadb")
def test_a_deadlock_is_tried_again_until_both_are_done(app: Flask) -> None:
    make_airline("X1")
    make_airline("X2")
    begun, one, other = crossing_writers()
    assert in_threads(app, lambda: retry_conflicts(one), lambda: retry_conflicts(other)) == [
        None,
        None,
    ]
    assert sorted(begun) == [1, 2]
    assert name_of("X1") == name_of("X2")


@pytest.mark.databases("sqlite")
def test_writers_of_a_file_queue_and_never_fail(app: Flask) -> None:
    make_airline("X1")

    def write() -> None:
        for _ in range(20):
            with transaction():
                before = db.session.get_one(Airline, "X1").name
                rename("X1", f"{before[:20]}+"[-30:])

    assert in_threads(app, *[write] * 6) == [None] * 6


def test_work_that_always_meets_others_becomes_busy(app: Flask) -> None:
    tries = 0

    def work() -> None:
        nonlocal tries
        tries += 1
        cause: Exception = (
            db.engine.dialect.dbapi.OperationalError("database is locked")
            if db.engine.dialect.name == "sqlite"
            else db.engine.dialect.dbapi.OperationalError(1213, "Deadlock found")
        )
        raise OperationalError("UPDATE", {}, cause)

    with pytest.raises(Busy):
        retry_conflicts(work)
    assert tries == 6


def test_other_trouble_of_the_database_is_not_tried_again(app: Flask) -> None:
    tries = 0

    def work() -> None:
        nonlocal tries
        tries += 1
        db.session.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(Exception, match="nowhere"):
        retry_conflicts(work)
    assert tries == 1


@pytest.mark.databases("mariadb")
def test_a_page_that_meets_a_deadlock_is_shown_all_the_same(make_app: MakeApp) -> None:
    app = make_app()
    make_airline("X1")
    tries = 0

    def view() -> str:
        nonlocal tries
        tries += 1
        with transaction():
            rename("X1", "by the page")
            if tries == 1:
                cause = db.engine.dialect.dbapi.OperationalError(1213, "Deadlock found")
                raise OperationalError("UPDATE", {}, cause)
        return "done"

    app.add_url_rule("/test-deadlock", view_func=view, endpoint="deadlock")
    answer = app.test_client().get("/test-deadlock")
    assert (answer.status_code, answer.text, tries) == (200, "done", 2)
    assert name_of("X1") == "by the page"


def test_a_busy_database_is_a_polite_page(make_app: MakeApp) -> None:
    app = make_app()

    def view() -> str:
        raise Busy

    app.add_url_rule("/test-busy", view_func=view, endpoint="busy")
    answer = app.test_client().get("/test-busy")
    assert answer.status_code == 503
    assert "A lot is going on right now" in answer.text


# Columns


@pytest.mark.parametrize(
    "instant", [NOON, NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))]
)
def test_an_instant_comes_back_in_utc_to_the_microsecond(app: Flask, instant: datetime) -> None:
    with transaction() as session:
        session.add(user_made_at(instant))
    db.session.expire_all()
    kept = db.session.query(User).one().created_at
    assert kept == NOON
    assert kept.tzinfo is UTC


def test_a_naive_time_cannot_be_stored(app: Flask) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(StatementError, match="naive"), transaction() as session:
        session.add(user_made_at(naive))
    with pytest.raises(StatementError, match="naive"):
        db.session.query(User).filter(User.created_at < naive).all()
    db.session.rollback()


def test_codes_and_words_are_compared_byte_by_byte(app: Flask) -> None:
    make_airline("X1")
    make_airline("x1")
    assert {row.iata for row in db.session.query(Airline).filter_by(iata="x1")} == {"x1"}


def test_the_tables_in_the_database_are_those_of_the_models(app: Flask) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.databases("mariadb")
def test_text_is_compared_in_the_database_as_the_models_say(app: Flask) -> None:
    query = text(
        "SELECT table_name, column_name, collation_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND collation_name IS NOT NULL"
    )
    with db.engine.connect() as connection:
        found = {(row[0], row[1]): row[2] for row in connection.execute(query)}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            kind = column.type.dialect_impl(db.engine.dialect)
            wanted = getattr(kind, "collation", None)
            if wanted:
                assert found[table.name, column.name] == wanted, f"{table.name}.{column.name}"
