"""What is sent is compressed where a browser takes it, and is the same underneath."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import MakeApp
from webapp import compression

GZIP = {"Accept-Encoding": "br;q=0.1, gzip"}
STYLES = "/static/css/fairwind.css"


@pytest.mark.databases("sqlite")
def test_a_page_comes_compressed_to_a_browser_that_takes_it_and_whole_to_others(
    client: FlaskClient,
) -> None:
    whole, packed = client.get("/login"), client.get("/login", headers=GZIP)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) == packed.content_length < len(whole.data) * 0.6
    assert gzip.decompress(packed.data).decode() == whole.text
    assert "Content-Encoding" not in whole.headers
    for answer in (whole, packed):
        assert "Accept-Encoding" in answer.headers["Vary"], "a cache would mix the two up"


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "identity", "\xff;;;q=x"])
def test_a_browser_that_does_not_take_it_gets_a_page_as_it_is(
    client: FlaskClient, accepted: str
) -> None:
    answer = client.get("/login", headers={"Accept-Encoding": accepted})

    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
    assert "</html>" in answer.text


@pytest.mark.databases("sqlite")
def test_what_fits_into_a_packet_is_left_alone(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers=GZIP)

    assert "Content-Encoding" not in answer.headers
    assert answer.json == {"status": "alive"}


@pytest.mark.databases("sqlite")
def test_a_file_is_compressed_once_and_can_be_asked_for_again(
    app: Flask, client: FlaskClient
) -> None:
    def get(**headers: str) -> TestResponse:
        return client.get(STYLES, headers={**GZIP, **headers}, buffered=True)

    first, again = get(), get()
    kept = get(**{"If-None-Match": first.headers["ETag"]})
    whole = client.get(STYLES, buffered=True)

    assert gzip.decompress(first.data) == gzip.decompress(again.data) == whole.data
    assert len(app.extensions["compressed_files"]) == 1
    assert kept.status_code == 304
    assert not kept.data
    assert "Accept-Encoding" in whole.headers["Vary"]


@pytest.mark.databases("sqlite")
def test_a_part_of_a_file_is_sent_as_it_is(client: FlaskClient) -> None:
    answer = client.get(STYLES, headers={**GZIP, "Range": "bytes=0-1999"}, buffered=True)

    assert answer.status_code == 206
    assert "Content-Encoding" not in answer.headers
    assert len(answer.data) == 2000


@pytest.mark.databases("sqlite")
def test_a_picture_is_not_compressed_again(make_app: MakeApp) -> None:
    app = make_app()
    app.add_url_rule("/picture", view_func=lambda: Response(bytes(5000), mimetype="image/png"))

    answer = app.test_client().get("/picture", headers=GZIP)

    assert "Content-Encoding" not in answer.headers
    assert len(answer.data) == 5000


def test_the_length_of_a_page_does_not_tell_what_is_in_it() -> None:
    page = b"<p>the same words</p>" * 100

    lengths = {len(compression.compressed_page(page)) for _ in range(200)}

    assert len(lengths) > 20
    assert gzip.decompress(compression.compressed_page(page)) == page
