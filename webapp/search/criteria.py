"""From a search as it was typed to what is searched, or to words beside the fields."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from wtforms import Field

from webapp import clock
from webapp.flights.fares import Party
from webapp.money import CURRENCIES
from webapp.network.distance import FASTEST_KMH
from webapp.network.models import Cabin
from webapp.network.queries import Directory, Place
from webapp.search.fields import PlaceField, refuse
from webapp.search.filters import FILTERS, Filters

if TYPE_CHECKING:
    from webapp.search.forms import SearchForm, TravelForm

DAYS_AHEAD = 330
MOST_TRAVELLERS = 9
MOST_STOPS = 2
# The days that stand beside one that is asked for.
DAYS_AROUND = range(-3, 4)
_MOST_NAMESAKES = 3
_NO_SUCH_PLACE = "We do not fly to a place called"


@dataclass(frozen=True)
class OneWay:
    """A way from one place to another on a local date, with so many seats in a cabin."""

    origin: Place
    destination: Place
    depart: date
    cabin: Cabin
    seats: int


@dataclass(frozen=True)
class Criteria:
    """From one place to another on a local date, and back on another, for a party in a cabin.

    Without a `currency` the answers are those of the usual one; `every` asks for those as well
    that others beat.
    """

    origin: Place
    destination: Place
    depart: date
    party: Party
    cabin: Cabin
    filters: Filters
    sort: str
    page: int
    return_on: date | None = None
    group: str | None = None
    currency: str | None = None
    every: bool = False

    @property
    def way_out(self) -> OneWay:
        """The way there."""
        return OneWay(self.origin, self.destination, self.depart, self.cabin, self.party.seats)

    @property
    def way_back(self) -> OneWay | None:
        """The way back, if one is asked for."""
        if self.return_on is None:
            return None
        return OneWay(self.destination, self.origin, self.return_on, self.cabin, self.party.seats)

    @property
    def most_stops(self) -> int:
        """The most stops that are asked for, each way."""
        return MOST_STOPS if self.filters.stops is None else self.filters.stops


def read_criteria(form: SearchForm, network: Directory) -> Criteria | None:
    """Return what the form asks for; None, with the errors in its fields, where it cannot be."""
    form.validate()
    origin, destination = read_ends(form, network)
    _check_days(form, origin, destination, network)
    check_party(form)
    _check_windows(form)
    check_currency(form)
    _check_codes(form, network)
    if form.errors or origin is None or destination is None or form.depart.data is None:
        return None
    return Criteria(
        origin,
        destination,
        form.depart.data,
        party_of(form),
        Cabin(form.cabin.data),
        _read_filters(form),
        form.sort.data,
        form.page.data or 1,
        form.return_on.data,
        form.group.data or None,
        form.currency.data or None,
        form.every.data == "yes",
    )


def refuse_page(form: SearchForm, pages: int) -> None:
    """Refuse a page beyond the last one: how many there are, only the search itself knows."""
    least = f"There are only {pages} pages. Choose one of them."
    refuse(form.page, "There is only one page. Choose page 1." if pages == 1 else least)


def days_on_sale(zone: tzinfo) -> tuple[date, date]:
    """Return the first and the last day on which flights from a time zone can be booked."""
    today = clock.now().astimezone(zone).date()
    return today, today + timedelta(days=DAYS_AHEAD)


def read_ends(form: TravelForm, network: Directory) -> tuple[Place | None, Place | None]:
    """Return where somebody leaves from and goes to; None, with words beside it, for no place."""
    origin = read_place(form.origin, network, _NO_SUCH_PLACE)
    destination = read_place(form.destination, network, _NO_SUCH_PLACE)
    if origin and destination and set(origin.airports) & set(destination.airports):
        refuse(form.destination, "You leave from there already: choose another destination.")
    for field, other in ((form.origin, destination), (form.destination, origin)):
        ends = set(other.airports) if other else set()
        field.near = tuple(near for near in field.near if not ends & set(near.airports))
    return origin, destination


def party_of(form: TravelForm) -> Party:
    """Return who travels."""
    return Party(form.adults.data or 1, form.children.data or 0, form.infants.data or 0)


def read_place(field: PlaceField, network: Directory, unknown: str) -> Place | None:
    """Return the place that a field names; None, with words beside it that begin so, for none."""
    if field.errors or not field.data:
        return None
    place = network.place(field.data)
    if place is None:
        _refuse_place(field, field.data.strip(), network, unknown)
    return place


def _refuse_place(field: PlaceField, text: str, network: Directory, unknown: str) -> None:
    begun = network.beginning_with(text, most=1)
    # A city that is known to the world is no slip of the finger: Köln is not Kolkata.
    if not begun and (found := network.nearest_to(text)):
        field.near = tuple(dict.fromkeys(near for _, near, _ in found[:_MOST_NAMESAKES]))
        words = [
            f"We do not fly to {far}. Our nearest airport is {near.label} ({near.code}),"
            f" {km:,.0f} km away."
            for far, near, km in found[:_MOST_NAMESAKES]
        ]
        refuse(field, " ".join(words))
        return
    hint = "Try the name of a city, or an airport's three letters."
    if likely := begun or network.with_a_slip(text, most=1):
        field.near = tuple(likely)
        hint = f"Did you mean {likely[0].label} ({likely[0].code})?"
    refuse(field, f"{unknown} “{text}”. {hint}")


def _check_days(
    form: SearchForm, origin: Place | None, destination: Place | None, network: Directory
) -> None:
    for field, place in ((form.depart, origin), (form.return_on, destination)):
        if field.data and not field.errors:
            check_day(field, network.zone_of(place) if place else UTC)
    depart, back = form.depart.data, form.return_on.data
    if not (depart and back) or form.return_on.errors:
        return
    first = depart if form.depart.errors else earliest_back(depart, origin, destination, network)
    if back < first:
        refuse(form.return_on, "This day is before the departure. Choose that day or a later one.")


def earliest_back(
    depart: date, origin: Place | None, destination: Place | None, network: Directory
) -> date:
    """Return the first day on which the way back can leave: across the date line, the day before.

    Each is a date of its own place. Nobody lands earlier than by the fastest flight after midnight.
    """
    if origin is None or destination is None:
        return depart
    ends = origin.airports[0], destination.airports[0]
    here, there = (network.airports[end] for end in ends)
    midnight = datetime.combine(depart, time.min, here.zone).astimezone(UTC)
    lands_at = midnight + timedelta(hours=network.km(*ends) / FASTEST_KMH)
    return min(depart, lands_at.astimezone(there.zone).date())


def check_day(field: Field, zone: tzinfo) -> None:
    """Refuse a day on which nothing from a time zone is on sale."""
    first, last = days_on_sale(zone)
    if field.data < first:
        refuse(field, "That day is over. Choose today or a later day.")
    elif field.data > last:
        refuse(field, f"Flights are on sale {DAYS_AHEAD} days ahead. Choose an earlier day.")


def _check_windows(form: SearchForm) -> None:
    for window in ("depart", "arrive", "return_depart", "return_arrive"):
        earliest, latest = form[f"{window}_from"], form[f"{window}_to"]
        if earliest.data and latest.data and earliest.data > latest.data:
            refuse(latest, "This time is before the earliest one.")


def _check_codes(form: SearchForm, network: Directory) -> None:
    """Refuse codes that nobody has; one that has no flight that day is an honest question."""
    for field, known, words in (
        (form.airline, network.airlines, "There is no airline {}. Choose one from the list."),
        (form.via, network.airports, "We fly to no airport {}. Write three letters like DXB."),
    ):
        _check_code(field, known, words)


def _check_code(field: Field, known: Container[str], words: str) -> None:
    if field.data and not field.errors and field.data not in known:
        refuse(field, words.format(field.data))


def _read_filters(form: SearchForm) -> Filters:
    # An empty choice or text asks nothing; 0 stops and midnight do. Nor do wishes for a way back
    # that nobody wants.
    wishes = {
        name: form[name].data
        for name in FILTERS
        if form[name].data not in (None, "")
        and (form.return_on.data or not name.startswith("return_"))
    }
    return Filters(**wishes)


def check_currency(form: TravelForm) -> None:
    """Refuse a currency that there is not; one that nobody sells in is an honest question."""
    words = "There is no currency {}. Write three letters like EUR."
    _check_code(form.currency, CURRENCIES, words)


def check_party(form: TravelForm) -> None:
    """Refuse a party that cannot travel on one booking."""
    if form.adults.errors or form.children.errors or form.infants.errors:
        return
    adults, infants = form.adults.data or 1, form.infants.data or 0
    if infants > adults:
        refuse(form.infants, "Each infant travels on an adult's lap: one infant per adult.")
    if adults + (form.children.data or 0) + infants > MOST_TRAVELLERS:
        refuse(form.adults, f"Up to {MOST_TRAVELLERS} travellers fit in one booking.")
