"""From the form of fares and seats as staff typed it to what is meant, or to words beside it."""

from __future__ import annotations

from dataclasses import dataclass

from wtforms import Field

from webapp.flights.sales import CabinSale, most_sellable
from webapp.formats import plural
from webapp.money import Money, plain_amount
from webapp.search.fields import refuse
from webapp.staff.plans import read_fare
from webapp.staff.queries import CabinLoad, StaffFlight
from webapp.staff.sales.forms import SetSalesForm


@dataclass(frozen=True)
class NewSale:
    """A cabin as it is sold now, and what is meant for it."""

    load: CabinLoad
    sale: CabinSale

    @property
    def fare(self) -> Money:
        """What an adult would pay."""
        return Money(self.sale.fare_minor, self.load.fare.currency)

    @property
    def sellable(self) -> int:
        """The seats that could be sold; a cabin that is closed keeps those that are taken."""
        return self.sale.sellable or self.load.taken

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing more would be sold."""
        return not self.sale.sellable

    @property
    def is_full(self) -> bool:
        """Tell whether nothing would be sold until a seat comes back, though there are seats."""
        return not self.is_closed and self.sellable == self.load.taken < self.load.capacity

    @property
    def changes_anything(self) -> bool:
        """Tell whether it would be sold otherwise than now."""
        load = self.load
        meant = self.fare, self.sellable, self.is_closed
        return meant != (load.fare, load.sellable, load.is_closed)

    @property
    def percent(self) -> int:
        """By how much of the present fare the new one is higher or lower, rounded down."""
        return 100 * abs(self.fare.minor - self.load.fare.minor) // self.load.fare.minor

    @property
    def is_steep(self) -> bool:
        """Tell whether the fare changes by so much that it may be a slip of the hand."""
        return 2 * abs(self.fare.minor - self.load.fare.minor) > self.load.fare.minor


def sales_of(shown: StaffFlight) -> dict[str, str]:
    """Return what the form of fares and seats says of a flight as it is."""
    said = {}
    for load in shown.loads:
        said[f"fare_{load.cabin.value}"] = plain_amount(load.fare)
        said[f"seats_{load.cabin.value}"] = str(0 if load.is_closed else load.sellable)
    return said


def read_sales(form: SetSalesForm, shown: StaffFlight) -> list[NewSale] | None:
    """Return the fares and seats that are meant; None, with errors in the fields, if unclear."""
    form.validate_on_submit()
    sales = []
    for load in shown.loads:
        fare = read_fare(form.fare_of(load.cabin), load.fare.currency)
        seats = _read_seats(form.seats_of(load.cabin), load)
        if fare is not None and seats is not None:
            sales.append(NewSale(load, CabinSale(fare, seats)))
    return None if form.errors else sales


def _read_seats(field: Field, load: CabinLoad) -> int | None:
    text, most = (field.data or "").strip(), most_sellable(load.capacity)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        refuse(field, "Write a number of seats, like 120.")
    elif int(text) > most:
        refuse(field, f"At most {most} can be sold of {plural(load.capacity, 'seat')}.")
    elif 0 < int(text) < load.taken:
        refuse(field, taken_already(load.taken))
    else:
        return int(text)
    return None


def taken_already(taken: int) -> str:
    """Return the words beside fewer seats than are taken."""
    return (
        f"{taken} are sold or held already: write that many or more, or 0 to sell no more of them."
    )
