"""Health checks ask after any of the parts that a process runs."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from worker import heartbeat
from worker.__main__ import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which a health check looks."""
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "is_healthy"),
    [
        (["dispatch", "schedule"], True),
        (["schedule", "dispatch"], True),
        (["dispatch"], True),
        (["schedule"], True),
        (["deliver"], False),
        (["dispatch", "deliver"], False),
        ([], False),
    ],
)
def test_each_part_of_a_process_can_be_asked_for_with_others_or_alone(
    folder: Path, asked: list[str], is_healthy: bool
) -> None:
    heartbeat.beat(folder, ["dispatch", "schedule"])
    assert main(["healthy", *asked]) == (0 if is_healthy else 1)


def test_a_part_that_gave_no_sign_of_life_for_long_is_not_healthy(folder: Path) -> None:
    heartbeat.beat(folder, ["dispatch", "schedule"])
    before = time.time() - 60
    os.utime(folder / "worker-dispatch.alive", (before, before))
    assert main(["healthy", "dispatch", "schedule"]) == 1
    assert main(["healthy", "dispatch"]) == 1
    assert main(["healthy", "schedule"]) == 0


def test_a_folder_is_found_with_blanks_around_its_name_as_by_the_parts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heartbeat.beat(folder, ["deliver"])
    monkeypatch.setenv("INSTANCE_DIR", f" {folder} ")
    assert main(["healthy", "deliver"]) == 0


def test_who_asks_for_help_is_told_the_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "Parts: `deliver`" in capsys.readouterr().out
