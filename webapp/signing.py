"""Signed words: what addresses and forms carry, and only we can have written."""

from __future__ import annotations

from functools import cache

from flask import current_app
from itsdangerous import URLSafeSerializer

from webapp.config import Settings


def signer(purpose: str) -> URLSafeSerializer:
    """Return what signs for one purpose, and reads what it signed but nothing of another's."""
    return _kept(keys(), purpose)


def keys() -> tuple[str, ...]:
    """Return the secret keys that signatures hold by; the last one signs."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.signing_keys


@cache
def _kept(keys: tuple[str, ...], purpose: str) -> URLSafeSerializer:
    # To make one takes longer than to sign with it.
    return URLSafeSerializer(keys, salt=purpose)
