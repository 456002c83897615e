"""How times, durations, amounts and addresses of files are written on pages and in mails."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path

from babel import dates
from flask import Flask, current_app, url_for

from webapp.money import currency_name, format_money, in_column, in_whole_units

# Ours is written by hand: it is what pages show, and costs nothing to look up.
HOUSE_LOCALE = "en-GB"
_locale: ContextVar[str] = ContextVar("locale", default=HOUSE_LOCALE)


def init_app(app: Flask) -> None:
    """Give the templates their filters and globals."""
    app.jinja_env.filters.update(
        money=lambda amount: format_money(amount.minor, amount.currency),
        in_column=in_column,
        whole_money=lambda amount: format_money(in_whole_units(amount), amount.currency),
        currency_name=currency_name,
        clock_time=clock_time,
        long_day=long_day,
        short_day=short_day,
        readers_day=readers_day,
        month_name=month_name,
        duration=duration,
        plural=plural,
    )
    app.jinja_env.globals.update(static=static, form_key=form_key)
    # Which pages exist depends on the settings; templates link to those that do.
    app.jinja_env.globals["endpoints"] = app.view_functions
    app.config["STATIC_ADDRESSES"] = {}


@contextmanager
def in_locale(locale: str) -> Iterator[None]:
    """Write days and times as a locale (en-US, de) does, within the block; pages stay as they are.

    The words around them stay English, and so does a day in a sentence: see readers_day().
    """
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)


def clock_time(at: datetime | time) -> str:
    """Write the time of day where an instant is: 08:05, or 8:05 AM where that is the custom."""
    locale = _locale.get()
    if locale == HOUSE_LOCALE:
        return f"{at.hour:02}:{at.minute:02}"
    of_day = at.time() if isinstance(at, datetime) else at
    return dates.format_time(of_day, "short", locale=_cldr(locale))


def long_day(day: date) -> str:
    """Write a day in full: Tuesday, 1 December 2026."""
    return _long_day(day, _in_english())


def short_day(day: date) -> str:
    """Write a day in short: Tue 1 Dec."""
    return _short_day(day, _in_english())


def readers_day(day: date) -> str:
    """Write a day in full in the reader's own language, where it stands by itself."""
    return _long_day(day, _locale.get())


def _in_english() -> str:
    # An English sentence with a German day in it reads wrong in both languages.
    locale = _locale.get()
    return locale if locale.startswith("en-") else HOUSE_LOCALE


@lru_cache(maxsize=2000)
def _long_day(day: date, locale: str) -> str:
    if locale == HOUSE_LOCALE:
        return f"{day:%A}, {day.day} {day:%B %Y}"
    return dates.format_date(day, "full", locale=_cldr(locale))


@lru_cache(maxsize=2000)
def _short_day(day: date, locale: str) -> str:
    if locale == HOUSE_LOCALE:
        return f"{day:%a} {day.day} {day:%b}"
    return dates.format_skeleton("MMMEd", day, locale=_cldr(locale))


def _cldr(locale: str) -> str:
    return locale.replace("-", "_")


def month_name(day: date) -> str:
    """Write the month of a day: December 2026."""
    return f"{day:%B %Y}"


# What takes longer is told in days; a journey with its connections hardly does.
_IN_DAYS = 72


def duration(minutes: int) -> str:
    """Write an elapsed time: 3 h 10 min, or 5 days 3 h."""
    hours, rest = divmod(minutes, 60)
    if hours >= _IN_DAYS:
        days, hours = divmod(hours, 24)
        return f"{days} days {hours} h" if hours else f"{days} days"
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun: 1 seat, 1,200 seats."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def form_key() -> str:
    """Return a key that makes a form sent twice one booking."""
    return secrets.token_urlsafe(18)


def static(app_path: str) -> str:
    """Return the address of a static file with its content's digest, so it can be kept for good."""
    addresses: dict[str, str] = current_app.config["STATIC_ADDRESSES"]
    if app_path not in addresses or current_app.debug:
        content = Path(str(current_app.static_folder), app_path).read_bytes()
        version = hashlib.sha256(content).hexdigest()[:10]
        addresses[app_path] = url_for("static", filename=app_path, v=version)
    return addresses[app_path]
