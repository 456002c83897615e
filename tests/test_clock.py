"""The clock: it runs, it can be moved for every process at once, and only where it may be."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import settings_for
from webapp import clock, create_app

ROOT = Path(__file__).resolve().parent.parent
NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
# A busy machine takes its time over a command; what the tests tell apart lies hours apart.
SOON = timedelta(minutes=5)


@pytest.fixture
def offset_file(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "clock"
    clock.configure(file)
    yield file
    clock.configure(None)


def is_now(instant: datetime) -> bool:
    return timedelta() <= clock.now() - instant < SOON


def test_now_is_the_machines_time_and_aware(offset_file: Path) -> None:
    assert is_now(datetime.now(UTC))
    assert clock.now().tzinfo is UTC


def test_the_clock_runs_on_from_where_it_was_moved(offset_file: Path) -> None:
    clock.move_to(NOON)
    assert is_now(NOON)
    first = clock.now()
    time.sleep(0.01)
    assert clock.now() > first


def test_advances_add_up_and_may_go_back(offset_file: Path) -> None:
    clock.move_to(NOON)
    clock.advance(timedelta(days=2))
    clock.advance(timedelta(hours=-12))
    assert is_now(NOON + timedelta(days=1, hours=12))


def test_a_reset_returns_to_the_machines_time(offset_file: Path) -> None:
    clock.move_to(NOON)
    clock.reset()
    assert is_now(datetime.now(UTC))
    clock.reset()
    clock.advance(timedelta(days=1))
    assert is_now(datetime.now(UTC) + timedelta(days=1))


def test_moves_in_quick_succession_are_all_seen(offset_file: Path) -> None:
    clock.move_to(NOON)
    for hours in range(1, 400):
        clock.advance(timedelta(hours=1))
        assert is_now(NOON + timedelta(hours=hours)), f"after {hours} moves"


def test_two_moves_within_one_tick_of_the_file_system_are_both_seen(offset_file: Path) -> None:
    clock.move_to(NOON)
    assert is_now(NOON)
    tick = offset_file.stat().st_mtime_ns
    clock.advance(timedelta(days=1))
    os.utime(offset_file, ns=(tick, tick))
    assert is_now(NOON + timedelta(days=1))


def test_a_move_by_another_process_is_seen_at_once(offset_file: Path) -> None:
    assert is_now(datetime.now(UTC))
    for days in (3, 5):
        program = (
            "import datetime, pathlib, sys; from webapp import clock;"
            "clock.configure(pathlib.Path(sys.argv[1]));"
            f"clock.advance(datetime.timedelta(days={days}))"
        )
        subprocess.run(
            [sys.executable, "-c", program, str(offset_file)], cwd=ROOT, check=True, timeout=60
        )
    assert is_now(datetime.now(UTC) + timedelta(days=8))


def test_the_machines_own_time_never_moves(offset_file: Path) -> None:
    clock.move_to(NOON)
    assert abs(clock.machine_now() - datetime.now(UTC)) < SOON


def test_a_clock_without_a_file_cannot_be_moved() -> None:
    clock.configure(None)
    for move in (lambda: clock.move_to(NOON), lambda: clock.advance(timedelta(days=1))):
        with pytest.raises(RuntimeError, match="cannot be moved"):
            move()
    clock.reset()
    assert is_now(datetime.now(UTC))


def test_applications_of_one_instance_share_the_moved_clock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fairwind.sqlite3'}"
    try:
        create_app(settings_for(url, tmp_path))
        clock.move_to(NOON)
        create_app(settings_for(url, tmp_path))
        assert is_now(NOON)
        create_app(settings_for(url, tmp_path, movable_clock=False))
        assert is_now(datetime.now(UTC))
    finally:
        clock.configure(None)


def flask_clock(tmp_path: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'fairwind.sqlite3'}",
        "INSTANCE_DIR": str(tmp_path),
        "SECRET_KEY": "only for tests, and long enough",
        **env,
    }
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "webapp", "clock", *words],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_sets_advances_and_resets(tmp_path: Path) -> None:
    def shown(*words: str) -> datetime:
        ended = flask_clock(tmp_path, *words)
        assert ended.returncode == 0, ended.stderr
        return datetime.fromisoformat(ended.stdout.strip())

    day = timedelta(days=1)
    assert abs(shown("set", "2027-03-01T17:30:00+05:30") - NOON) < SOON
    assert abs(shown("advance", "1d2h") - NOON - day - timedelta(hours=2)) < SOON
    assert abs(shown("advance", "-2h") - NOON - day) < SOON
    assert abs(shown("show") - NOON - day) < SOON
    assert abs(shown("reset") - datetime.now(UTC)) < SOON


@pytest.mark.parametrize(
    "words",
    [
        ("set", "tomorrow"),
        ("set", "2027-03-01T12:00:00"),
        ("advance", "1 day"),
        ("advance", ""),
        ("advance", "-"),
        ("set", "9999-12-31T23:59:59Z"),
        ("set", "0001-01-01T00:00:00+05:00"),
        ("advance", "99999d"),
        ("advance", "-99999d"),
    ],
)
def test_the_command_refuses_what_is_no_time_in_one_line(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    ended = flask_clock(tmp_path, *words)
    assert ended.returncode == 1
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "Traceback" not in ended.stderr


def test_the_command_is_refused_where_the_clock_must_not_move(tmp_path: Path) -> None:
    for words in (("set", "2027-03-01T12:00:00Z"), ("advance", "1d"), ("reset",)):
        ended = flask_clock(tmp_path, *words, MOVABLE_CLOCK="no")
        assert ended.returncode == 1
        assert "MOVABLE_CLOCK" in ended.stderr
    assert not (tmp_path / "clock").exists()
