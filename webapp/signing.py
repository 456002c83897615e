"""Signed words: what addresses and forms carry, and only we can have written."""

from __future__ import annotations

from functools import cache

from flask import current_app
from itsdangerous import URLSafeSerializer


def signer(purpose: str) -> URLSafeSerializer:
    """Return what signs for one purpose, and reads what it signed but nothing of another's."""
    return _kept(current_app.secret_key or "", purpose)


@cache
def _kept(key: str | bytes, purpose: str) -> URLSafeSerializer:
    # To make one takes longer than to sign with it.
    return URLSafeSerializer(key, salt=purpose)
