"""A party: who is in it, which infant sits on whose lap, and of which kind somebody is on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from webapp.booking.models import Coupon, Passenger, PassengerKind
from webapp.spelling import on_file

# Where a booking counts those of a kind.
COUNTS = {
    PassengerKind.ADULT: "adults",
    PassengerKind.CHILD: "children",
    PassengerKind.INFANT: "infants",
}
# A name that is spelt with more is found by so many.
_MOST_LETTERS = 120


@dataclass(frozen=True)
class PassengerNames:
    """What a traveller says of one member of the party."""

    given_name: str
    family_name: str
    born_on: date

    @classmethod
    def of(cls, passenger: Passenger) -> PassengerNames:
        """Return what was said of a passenger who is named."""
        assert passenger.given_name
        assert passenger.family_name
        assert passenger.born_on
        return cls(passenger.given_name, passenger.family_name, passenger.born_on)

    def give_to(self, passenger: Passenger) -> None:
        """Call a passenger so."""
        passenger.given_name = self.given_name
        passenger.family_name = self.family_name
        passenger.filed_name = on_file(self.family_name, self.given_name)[:_MOST_LETTERS]
        passenger.born_on = self.born_on


def party_of(coupons: Iterable[Coupon]) -> list[Passenger]:
    """Return everybody who has one of some coupons, in the order of the coupons."""
    return list(dict.fromkeys(coupon.passenger for coupon in coupons))


def family(passenger: Passenger) -> str:
    """Return the family name as registers have it, so that von Müller and Müller are one family."""
    return (passenger.filed_name or "").partition("/")[0]


def laps(passengers: Sequence[Passenger]) -> dict[int, Passenger]:
    """Return each infant's adult by the infant's id: of its own family first, else in order."""
    free = [each for each in passengers if each.kind == PassengerKind.ADULT]
    infants = [each for each in passengers if each.kind == PassengerKind.INFANT]
    found: dict[int, Passenger] = {}
    for infant in infants:
        own = next((adult for adult in free if family(adult) == family(infant)), None)
        if own:
            found[infant.id] = own
            free.remove(own)
    others = [infant for infant in infants if infant.id not in found]
    return found | {infant.id: adult for infant, adult in zip(others, free, strict=False)}


def kept_off_exits(passengers: Sequence[Passenger]) -> set[int]:
    """Return the ids of the children, and of the adults who mind one alone or have an infant.

    Who is to open the exit has nobody to look after first.
    """
    children = {each.id for each in passengers if each.kind == PassengerKind.CHILD}
    adults = [each.id for each in passengers if each.kind == PassengerKind.ADULT]
    alone = set(adults) if children and len(adults) == 1 else set()
    return children | alone | {adult.id for adult in laps(passengers).values()}


def kind_on(day: date, born_on: date) -> PassengerKind:
    """Return of which kind somebody is on a day: under 2, from 2 to 11, or older."""
    had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    age = day.year - born_on.year - (0 if had_birthday else 1)
    if age < 2:
        return PassengerKind.INFANT
    return PassengerKind.CHILD if age < 12 else PassengerKind.ADULT
