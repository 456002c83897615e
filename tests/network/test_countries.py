"""Countries as people and passports write them."""

from __future__ import annotations

import pytest

from webapp.network.countries import countries, country_code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("CHN", "CN"),
        (" chn ", "CN"),
        ("UK", "GB"),
        ("Britain", "GB"),
        ("Great Britain", "GB"),
        ("D", "DE"),
        ("Germany", "DE"),
        ("côte d’ivoire", "CI"),
        ("in", "IN"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_its_name_and_its_letters(typed: str, code: str | None) -> None:
    assert country_code(typed) == code


def test_every_country_has_three_letters_of_its_own() -> None:
    letters = {country_code(code): code for code in countries()}
    assert letters.keys() == countries().keys()
