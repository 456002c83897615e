"""Telephone numbers: kept as E.164, written as people read them."""

from __future__ import annotations

import re
from contextlib import suppress

# What people write of a number; a country's shortest numbers have some six digits.
_WRITTEN = re.compile(r"(?:[\s()./-]*\d){6,15}[\s()./-]*", re.ASCII)


def normal_phone(text: str) -> str:
    """Return a number as +442079460018; raises ValueError with words for people."""
    # Imported where a number is typed: its tables of all countries weigh more than most pages need.
    import phonenumbers

    text = text.strip()
    if text.startswith("00"):
        text = "+" + text[2:]
    if not text.startswith("+"):
        raise ValueError("Begin with + and the code of the country, like +44 20 7946 0018.")
    try:
        number = phonenumbers.parse(text[:40])
    except phonenumbers.NumberParseException as error:
        raise ValueError("Write a number like +44 20 7946 0018.") from error
    if not phonenumbers.is_valid_number(number):
        raise ValueError("No telephone has this number. Check its digits.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phones_meant(text: str) -> set[str]:
    """Return the numbers, as normal_phone has them, that somebody may mean.

    The country's code may be left out, or the + before it; each country says how it writes its
    own numbers, so at most one is found for each.
    """
    import phonenumbers

    text = text.strip().removeprefix("+")
    if not _WRITTEN.fullmatch(text):
        return set()
    found = set()
    international = "+" + text.removeprefix("00")
    national = ((text, country) for country in phonenumbers.SUPPORTED_REGIONS)
    for written, country in [(international, None), *national]:
        with suppress(phonenumbers.NumberParseException):
            number = phonenumbers.parse(written, country)
            if phonenumbers.is_valid_number(number):
                found.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return found


def phone_words(number: str) -> str:
    """Write a number of ours with its spaces."""
    import phonenumbers

    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(phonenumbers.parse(number), form)
