"""Compression of what is sent: pages as they are made, static files once a process."""

from __future__ import annotations

import secrets
import zlib

from flask import Flask, Response, current_app, request

# Below this a packet is a packet, compressed or not.
LEAST_BYTES = 1_000
# The first level takes a page to a fifth; the ninth saves a tenth of that for four times the work.
_PAGE_LEVEL, _FILE_LEVEL = 1, 9
_GZIP_FORMAT = 31
_NAMED = b"\x08"
_LONGEST_NAME = 64
_TYPES = ("text/", "application/json", "application/javascript", "image/svg+xml")


def init_app(app: Flask) -> None:
    """Compress the answers to browsers that take it, after everything else was done to them."""
    app.extensions["compressed_files"] = {}
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if not (response.mimetype or "").startswith(_TYPES) or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    is_file = request.endpoint == "static"
    if response.status_code in (204, 206, 304) or (response.direct_passthrough and not is_file):
        return response
    if (response.content_length or 0) < LEAST_BYTES or not request.accept_encodings["gzip"]:
        return response
    if is_file:
        # A tag that is strong promises the same bytes, and other browsers get others.
        etag, _ = response.get_etag()
        response.set_etag(etag or "", weak=True)
        body = _compressed_file(f"{request.path} {etag}", response)
        response.close()
    else:
        body = compressed_page(response.get_data())
    response.set_data(body)
    response.content_encoding = "gzip"
    return response


def compressed_page(body: bytes) -> bytes:
    """Return a page compressed, with a file name of a random length in its header.

    A page holds the token against forgery beside words of the visitor's own. Somebody who sends
    the visitor to many addresses and counts the bytes on the wire could tell when the words
    resemble the token; the random length hides that. (The session's cookie does not go with
    requests that other sites make, but for a visit to a page, so such counting is slow anyway.)
    """
    packed = zlib.compress(body, _PAGE_LEVEL, _GZIP_FORMAT)
    name = b"x" * secrets.randbelow(_LONGEST_NAME)
    return b"".join((packed[:3], _NAMED, packed[4:10], name, b"\0", packed[10:]))


def _compressed_file(version: str, response: Response) -> bytes:
    files: dict[str, bytes] = current_app.extensions["compressed_files"]
    if version not in files:
        response.direct_passthrough = False
        files[version] = zlib.compress(response.get_data(), _FILE_LEVEL, _GZIP_FORMAT)
    return files[version]
