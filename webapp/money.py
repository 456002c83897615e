"""Money: integer minor units and an ISO 4217 currency."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, total_ordering

from babel.numbers import (
    format_currency,
    get_currency_name,
    get_currency_precision,
    list_currencies,
)

# Every code that names money, today or once; two are for none at all and for tests.
CURRENCIES = list_currencies() - {"XXX", "XTS"}


@total_ordering
@dataclass(frozen=True)
class Money:
    """An exact amount; `minor` counts the currency's smallest unit (cents for USD, yen for JPY)."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.minor + other.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        if self.currency != other.currency:
            raise ValueError(f"cannot compare {other.currency} with {self.currency}")
        return self.minor < other.minor

    def __str__(self) -> str:
        return format_money(self.minor, self.currency)


# About how many units a dollar is, as a power of ten: a fee need be no closer, and it stays a round
# number. Of currencies that are not here a unit counts as a dollar.
_TO_THE_DOLLAR = {
    code: times
    for times, codes in {
        10: "BOB BWP CNY CZK DKK DOP EGP GHS GTQ HKD HNL LSL MAD MDL MOP MUR MVR MXN NAD NIO NOK "
        "PHP SCR SEK SZL THB TJS TRY TTD TWD UAH UYU ZAR ZMW",
        100: "AFN ALL AMD BDT BTN DJF DZD ETB HTG HUF INR ISK JMD JPY KES LKR LRD MKD MZN NPR PKR "
        "RSD RUB VUV XPF YER",
        1_000: "AOA ARS BIF CDF CLP COP CRC IQD KRW KZT MMK MNT MWK NGN RWF SDG SOS TZS "
        "UGX XAF XOF",
        10_000: "GNF IDR IRR KHR LAK LBP MGA PYG SYP UZS VND",
    }.items()
    for code in codes.split()
}


def about(dollars: int, currency: str) -> Money:
    """Return a round amount that is worth about so many dollars."""
    units = dollars * _TO_THE_DOLLAR.get(currency, 1)
    return Money(units * minor_per_unit(currency), currency)


def in_whole_units(amount: Money) -> int:
    """Return an amount in minor units, rounded up to whole ones of its currency."""
    per_unit = minor_per_unit(amount.currency)
    return -(-amount.minor // per_unit) * per_unit


def minor_per_unit(currency: str) -> int:
    """Return how many minor units make one whole unit: 100 for USD, 1 for JPY."""
    return int(10 ** get_currency_precision(currency))


@lru_cache
def currency_name(currency: str) -> str:
    """Write a currency's name beside its amounts: $ alone is many countries'."""
    return get_currency_name(currency, count=2, locale="en_US")


def plain_amount(amount: Money) -> str:
    """Write an amount as a form takes it: 129 or 129.50, without its currency."""
    whole, rest = divmod(amount.minor, minor_per_unit(amount.currency))
    digits = get_currency_precision(amount.currency)
    return f"{whole}.{rest:0{digits}}" if rest else str(whole)


def in_column(amount: Money) -> str:
    """Write an amount above or below others, with as many decimals as they have."""
    return format_money(amount.minor, amount.currency, keeps_zeros=True)


@lru_cache(maxsize=20_000)
def format_money(minor: int, currency: str, *, keeps_zeros: bool = False) -> str:
    """Write an amount as a traveller reads it; whole amounts go without their zeros."""
    per_unit = minor_per_unit(currency)
    amount = Decimal(minor) / per_unit
    is_whole = minor % per_unit == 0 and not keeps_zeros
    written = format_currency(
        amount,
        currency,
        locale="en_US",
        format="¤#,##0" if is_whole else None,
        currency_digits=not is_whole,
    )
    # A hyphen is not a minus: it is shorter, and a line may break after it.
    written = written.replace("-", "\N{MINUS SIGN}", 1)
    # Babel sets a code against its number, where CLDR asks for a no-break space: KWD 12.
    return re.sub(r"(?<=[A-Z])(?=\d)", "\N{NO-BREAK SPACE}", written)
