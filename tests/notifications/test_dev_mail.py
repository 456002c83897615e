"""The mails of the embedded default, read in the browser."""

from __future__ import annotations

import os

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.config import Settings


@pytest.mark.parametrize("part", ["", "/html"])
@pytest.mark.parametrize("name", ["nobody", "a" * 5_000, "..", "%00", "..%2Fsecret_key"])
def test_a_name_that_is_no_mail_leads_nowhere(
    app: Flask, client: FlaskClient, name: str, part: str
) -> None:
    settings: Settings = app.config["SETTINGS"]
    settings.mail_folder.mkdir(parents=True, exist_ok=True)
    assert client.get(f"/dev/mail/{name}{part}").status_code == 404


def test_a_mail_is_shown_with_its_headers_and_both_forms(app: Flask, client: FlaskClient) -> None:
    settings: Settings = app.config["SETTINGS"]
    settings.mail_folder.mkdir(parents=True, exist_ok=True)
    (settings.mail_folder / "one.eml").write_text(
        "Subject: Booked\nTo: alice@example.com\nDate: Fri, 27 Nov 2026 00:00:00 +0000\n\nHello\n"
    )
    assert "Booked" in client.get("/dev/mail/").text
    shown = client.get("/dev/mail/one").text
    assert "alice@example.com" in shown
    assert "Hello" in shown


def test_of_many_mails_the_latest_are_listed(app: Flask, client: FlaskClient) -> None:
    settings: Settings = app.config["SETTINGS"]
    settings.mail_folder.mkdir(parents=True, exist_ok=True)
    for number in range(60):
        file = settings.mail_folder / f"{number}.eml"
        file.write_text(f"Subject: No {number}.\nDate: Fri, 27 Nov 2026 00:00:00 +0000\n\nHello\n")
        os.utime(file, (number, number))
    shown = client.get("/dev/mail/").text
    assert ("No 59." in shown, "No 10." in shown, "No 9." in shown) == (True, True, False)
    assert "The latest 50 of 60" in shown
