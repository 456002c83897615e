"""Money: exact amounts in minor units, written the way their currency is."""

from __future__ import annotations

import pytest

from webapp.money import Money, about, format_money, in_column, in_whole_units, minor_per_unit


@pytest.mark.parametrize(
    ("currency", "per_unit"), [("USD", 100), ("EUR", 100), ("JPY", 1), ("KWD", 1000)]
)
def test_a_unit_has_as_many_minor_units_as_its_currency_says(currency: str, per_unit: int) -> None:
    assert minor_per_unit(currency) == per_unit


@pytest.mark.parametrize(
    ("currency", "written"),
    [("USD", "$60"), ("EUR", "€60"), ("INR", "₹6,000"), ("JPY", "¥6,000"), ("KRW", "₩60,000")],
)
def test_a_rule_of_so_many_dollars_is_a_round_amount_in_each_currency(
    currency: str, written: str
) -> None:
    assert str(about(60, currency)) == written


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (0, "USD", "$0"),
        (5, "USD", "$0.05"),
        (100, "USD", "$1"),
        (123_45, "USD", "$123.45"),
        (123_40, "USD", "$123.40"),
        (1_234_567_00, "USD", "$1,234,567"),
        (1, "JPY", "¥1"),
        (12_345, "JPY", "¥12,345"),
        (1_000, "KWD", "KWD 1"),
        (12_345, "KWD", "KWD 12.345"),
        (12_340, "KWD", "KWD 12.340"),
        (99_50, "EUR", "€99.50"),
        (-250_00, "USD", "−$250"),
    ],
)
def test_an_amount_is_written_as_a_traveller_reads_it(
    minor: int, currency: str, written: str
) -> None:
    assert format_money(minor, currency).replace("\xa0", " ") == written
    assert str(Money(minor, currency)) == format_money(minor, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (24_00, "USD", "$24.00"),
        (859_20, "USD", "$859.20"),
        (-1_234_00, "USD", "−$1,234.00"),
        (12_345, "JPY", "¥12,345"),
        (1_000, "KWD", "KWD 1.000"),
    ],
)
def test_amounts_of_one_column_have_the_decimals_of_their_currency(
    minor: int, currency: str, written: str
) -> None:
    assert in_column(Money(minor, currency)).replace("\xa0", " ") == written


def test_amounts_of_one_currency_add_up_exactly() -> None:
    assert Money(10, "USD") + Money(20, "USD") == Money(30, "USD")
    assert sum([Money(1, "KWD")] * 3, Money(0, "KWD")) == Money(3, "KWD")


def test_amounts_of_two_currencies_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="cannot add JPY to USD"):
        Money(100, "USD") + Money(100, "JPY")


def test_the_same_number_of_two_currencies_is_not_the_same_amount() -> None:
    assert Money(100, "USD") != Money(100, "JPY")
    assert len({Money(100, "USD"), Money(100, "USD"), Money(100, "EUR")}) == 2


@pytest.mark.parametrize(
    ("amount", "whole"),
    [
        (Money(12_00, "USD"), 12_00),
        (Money(12_01, "USD"), 13_00),
        (Money(12_99, "USD"), 13_00),
        (Money(1_301, "JPY"), 1_301),
        (Money(1_001, "KWD"), 2_000),
    ],
)
def test_whole_units_are_never_less_than_the_amount(amount: Money, whole: int) -> None:
    assert in_whole_units(amount) == whole
