"""The migrations on a database with bookings in it: SQLite makes tables anew to alter them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, stamp, upgrade
from sqlalchemy import select, update

from tests.builders import make_aircraft, make_booking, make_flight, make_hold, make_user
from tests.conftest import environment_of, settings_for
from tests.services import MariaDB
from webapp import create_app
from webapp.booking.models import Coupon, Passenger
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import FlightCabin
from webapp.flights.sales import CabinSale, set_sales
from webapp.flights.service import record_event
from webapp.flights.swaps import swap_aircraft
from webapp.staff.integrity import broken_promises

ROOT = Path(__file__).resolve().parent.parent


def test_rows_that_were_there_before_survive_the_migrations(tmp_path: Path) -> None:
    older = create_app(settings_for(f"sqlite:///{tmp_path / 'older.sqlite3'}", tmp_path))
    with older.app_context():
        upgrade()
        make_booking(make_flight(), Party(2, 1, 1), make_user())
        db.session.remove()
        downgrade(revision="0004")
        upgrade()
        assert db.session.query(Coupon).count() == 4
        assert broken_promises() == []
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        db.session.remove()
        db.engine.dispose()


def test_travel_documents_of_before_are_given_a_time_from_which_they_are_old(
    tmp_path: Path,
) -> None:
    older = create_app(settings_for(f"sqlite:///{tmp_path / 'older.sqlite3'}", tmp_path))
    with older.app_context():
        upgrade()
        booking = make_booking(make_flight(), Party(2))
        with transaction() as session:
            session.get_one(Passenger, booking.passengers[0].id).document_number = "X1234567"
        db.session.remove()
        downgrade(revision="0015")
        upgrade()
        given = db.session.scalars(select(Passenger.document_given_at).order_by(Passenger.id))
        assert given.all() == [booking.created_at, None]
        db.session.remove()
        db.engine.dispose()


def test_names_of_before_are_filed(tmp_path: Path) -> None:
    older = create_app(settings_for(f"sqlite:///{tmp_path / 'older.sqlite3'}", tmp_path))
    with older.app_context():
        upgrade()
        make_booking(make_flight(), Party(2), family_name="Müller")
        make_hold(make_flight())
        db.session.remove()
        downgrade(revision="0018")
        upgrade()
        names = db.session.scalars(select(Passenger.filed_name).order_by(Passenger.id)).all()
        assert names[0] == "MULLER/ALICE"
        assert [bool(each) for each in names] == [True, True, False]
        db.session.remove()
        db.engine.dispose()


def test_names_that_were_filed_as_tickets_spell_them_are_filed_in_plain_letters(
    tmp_path: Path,
) -> None:
    older = create_app(settings_for(f"sqlite:///{tmp_path / 'older.sqlite3'}", tmp_path))
    with older.app_context():
        upgrade()
        make_booking(make_flight(), family_name="Ångström")
        downgrade(revision="0020")
        with transaction() as session:
            session.execute(update(Passenger).values(filed_name="AANGSTROEM/ALICE"))
        upgrade()
        assert db.session.scalars(select(Passenger.filed_name)).one() == "ANGSTROM/ALICE"
        db.session.remove()
        db.engine.dispose()


def test_what_staff_had_closed_before_is_known_as_closed(tmp_path: Path) -> None:
    older = create_app(settings_for(f"sqlite:///{tmp_path / 'older.sqlite3'}", tmp_path))
    with older.app_context():
        upgrade()
        roomy, plain = make_aircraft("X1", 10, business=4), make_aircraft("X1", 10)
        empty, lost_closed, lost_open, ended = (make_flight(10) for _ in range(4))
        make_booking(ended)
        with transaction():
            set_sales(empty.id, {"economy": CabinSale(100_00, 0)}, "sam")
            for each in (lost_closed, lost_open):
                swap_aircraft(each.id, roomy.id, "sam")
            set_sales(lost_closed.id, {"business": CabinSale(300_00, 0)}, "sam")
            for each in (lost_closed, lost_open):
                swap_aircraft(each.id, plain.id, "sam")
            set_sales(ended.id, {"economy": CabinSale(100_00, 0)}, "sam")
            record_event(ended.id, "sam", "ending")
        db.session.remove()
        downgrade(revision="0014")
        upgrade()
        closed = select(FlightCabin.flight_id, FlightCabin.cabin).where(FlightCabin.is_closed)
        assert {tuple(each) for each in db.session.execute(closed)} == {
            (empty.id, "economy"),
            (lost_closed.id, "business"),
            (ended.id, "economy"),
        }
        assert broken_promises() == []
        db.session.remove()
        db.engine.dispose()


def test_readiness_is_held_against_the_last_migration(tmp_path: Path) -> None:
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'older.sqlite3'}", tmp_path))
    with app.app_context():
        last = ScriptDirectory("migrations").get_current_head()
        upgrade()
        downgrade(revision="0013")
        assert app.test_client().get("/readyz").json["migrations"] == f"at 0013, not at {last}"
        db.session.remove()
        upgrade()
        assert app.test_client().get("/readyz").json["migrations"] == "ok"
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("ALTER TABLE flight_cabins ADD is_closed BOOL", "Duplicate column name 'is_closed'"),
        ("RENAME TABLE flight_cabins TO lost", "Table '{database}.flight_cabins' doesn't exist"),
    ],
)
def test_an_upgrade_that_breaks_off_half_way_is_told_with_the_way_out(
    mariadb: MariaDB, tmp_path: Path, before: str, words: str
) -> None:
    app = create_app(settings_for(mariadb.create_database(), tmp_path))
    with app.app_context():
        upgrade(revision="0014")
        with db.engine.begin() as connection:
            connection.exec_driver_sql(before)
        with pytest.raises(SystemExit) as caught:
            upgrade()
        told = words.format(database=db.engine.url.database)
        assert str(caught.value).startswith(
            f"fairwind: an upgrade of this database broke off half-way: {told}. Restore the back-up"
        )
        assert "\n" not in str(caught.value)
        db.engine.dispose()


def test_two_upgrades_at_once_wait_for_each_other(mariadb: MariaDB, tmp_path: Path) -> None:
    settings = settings_for(mariadb.create_database(), tmp_path)
    command = [sys.executable, "-m", "flask", "--app", "webapp", "db", "upgrade"]
    both = [
        subprocess.Popen(command, env=environment_of(settings), stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [each.communicate(timeout=300)[1] for each in both]
    assert [each.returncode for each in both] == [0, 0], said


def version() -> str:
    with db.engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


@pytest.mark.mariadb
def test_what_makes_no_table_is_kept_on_mariadb_too(mariadb: MariaDB, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    with create_app(settings_for(mariadb.create_database(), tmp_path)).app_context():
        upgrade(directory=str(folder))
        (folder / "versions" / "9999_write_rows.py").write_text(
            f'revision = "9999"\ndown_revision = "{version()}"\n'
            "from alembic import op\n"
            "def upgrade():\n    op.execute('UPDATE airlines SET name = name')\n"
        )
        upgrade(directory=str(folder))
        db.engine.dispose()
        assert version() == "9999"
        stamp(directory=str(folder), revision="0014")
        db.engine.dispose()
        assert version() == "0014"
