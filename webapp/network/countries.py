"""Countries by their ISO 3166 code and their English name."""

from __future__ import annotations

from functools import cache

from babel import Locale

from webapp.network.matching import plain_words

# What Unicode files as a territory, though no passport is from there.
_NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}


@cache
def countries() -> dict[str, str]:
    """Return every country's name by its code, in the order of the names."""
    territories = Locale("en").territories
    found = {
        code: name
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    }
    return dict(sorted(found.items(), key=lambda each: plain_words(each[1])))


def country_code(text: str) -> str | None:
    """Return the code of the country that a text names, or that it is the code of."""
    typed = text.strip()
    if typed.upper() in countries():
        return typed.upper()
    return _codes_by_name().get(plain_words(typed))


@cache
def _codes_by_name() -> dict[str, str]:
    return {plain_words(name): code for code, name in countries().items()}
