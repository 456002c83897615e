"""Builders: typed, with defaults, each one row (and what it must have) in the database."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient

from webapp import clock
from webapp.accounts.models import Role, User
from webapp.accounts.service import ensure_user
from webapp.booking import service
from webapp.booking.cancellation import service as cancellation
from webapp.booking.cancellation.queries import cancellation_quote
from webapp.booking.cancellation.rules import Part
from webapp.booking.models import Booking
from webapp.booking.party import PassengerNames
from webapp.booking.quotes import Offered
from webapp.booking.trips import trip_of
from webapp.db import db, transaction
from webapp.flights.families import LIGHT, FareFamily
from webapp.flights.fares import Party, party_fare
from webapp.flights.generation import extend_schedules
from webapp.flights.models import Flight, FlightCabin, FlightStatus, Schedule
from webapp.money import Money
from webapp.network.models import (
    Aircraft,
    AircraftType,
    Airline,
    Airport,
    Cabin,
    CabinLayout,
    SeatLayout,
)
from webapp.search.offers import LIFETIME, Offer, digest

PASSWORD = "a long enough password"

INDIA = ZoneInfo("Asia/Kolkata")
WHOLE = Part()

_numbers = itertools.count(100)
_AIRPORTS = {
    "DEL": ("DEL", "Indira Gandhi", "Delhi", "IN", INDIA.key, 28.57, 77.10),
    "BOM": ("BOM", "Chhatrapati Shivaji", "Mumbai", "IN", INDIA.key, 19.09, 72.87),
    "CCU": ("CCU", "Netaji Subhas Chandra Bose", "Kolkata", "IN", INDIA.key, 22.65, 88.45),
    "LHR": ("LON", "Heathrow", "London", "GB", "Europe/London", 51.47, -0.46),
    "LGW": ("LON", "Gatwick", "London", "GB", "Europe/London", 51.15, -0.19),
    "JFK": ("NYC", "John F Kennedy", "New York", "US", "America/New_York", 40.64, -73.78),
    "ZRH": ("ZRH", "Zürich", "Zürich", "CH", "Europe/Zurich", 47.46, 8.55),
    "AKL": ("AKL", "Auckland", "Auckland", "NZ", "Pacific/Auckland", -37.01, 174.79),
    "HNL": ("HNL", "Daniel K Inouye", "Honolulu", "US", "Pacific/Honolulu", 21.32, -157.92),
}


def make_airport(iata: str = "DEL") -> Airport:
    """Return one of the airports that the tests know."""
    known = db.session.get(Airport, iata)
    if known:
        return known
    city_code, name, city, country, timezone, latitude, longitude = _AIRPORTS[iata]
    airport = Airport(
        iata=iata,
        city_code=city_code,
        name=name,
        city=city,
        country=country,
        timezone=timezone,
        latitude=latitude,
        longitude=longitude,
    )
    with transaction() as session:
        session.add(airport)
    return airport


def make_airline(iata: str = "X1", name: str | None = None, currency: str = "USD") -> Airline:
    """Return an airline."""
    known = db.session.get(Airline, iata)
    if known:
        return known
    airline = Airline(
        iata=iata, name=name or f"Airline {iata}", ticketing_code="901", currency=currency
    )
    with transaction() as session:
        session.add(airline)
    return airline


def make_aircraft(
    airline: str = "X1",
    seats: int = 100,
    business: int = 0,
    tail: str | None = None,
    letters: str = "A",
    exit_rows: str = "",
    legroom_rows: str = "",
    type_code: str = "A320",
    type_name: str = "Airbus A320",
) -> Aircraft:
    """Return an aircraft with so many seats in economy, and in business where asked for.

    Economy's rows begin at 100 and have the seats of `letters`.
    """
    make_airline(airline)
    name = f"{business} business, {seats} economy, {letters}, {exit_rows}, {legroom_rows}"
    with transaction() as session:
        if session.get(AircraftType, type_code) is None:
            session.add(AircraftType(code=type_code, name=type_name))
        layout = session.query(SeatLayout).filter_by(name=name).one_or_none()
        if layout is None:
            rows = seats // len(letters.replace(" ", ""))
            economy = CabinLayout(
                cabin="economy",
                first_row=100,
                last_row=99 + rows,
                letters=letters,
                exit_rows=exit_rows,
                extra_legroom_rows=legroom_rows,
            )
            front = CabinLayout(cabin="business", first_row=1, last_row=business, letters="A")
            layout = SeatLayout(name=name, cabins=[front, economy] if business else [economy])
        aircraft = Aircraft(
            tail=tail or f"N{next(_numbers)}FW",
            type_code=type_code,
            airline_iata=airline,
            layout=layout,
        )
        session.add(aircraft)
    return aircraft


def make_flight(
    seats: int = 100,
    origin: str = "DEL",
    destination: str = "BOM",
    departs_at: datetime | None = None,
    minutes: int = 130,
    fare: int = 100_00,
    airline: str = "X1",
    number: int | None = None,
    cabin: Cabin = Cabin.ECONOMY,
    status: FlightStatus = FlightStatus.SCHEDULED,
    aircraft: Aircraft | None = None,
) -> Flight:
    """Return a flight, ten days ahead where no time is given, with one cabin on sale."""
    zone = ZoneInfo(make_airport(origin).timezone)
    make_airport(destination)
    if departs_at is None:
        day = clock.now().date() + timedelta(days=10)
        departs_at = datetime(day.year, day.month, day.day, 8, 0, tzinfo=zone)
    aircraft = aircraft or make_aircraft(airline, seats)
    with transaction() as session:
        flight = Flight(
            airline_iata=airline,
            number=number or next(_numbers) % 9_900 + 100,  # Four digits at most.
            origin_iata=origin,
            destination_iata=destination,
            departs_on=departs_at.astimezone(zone).date(),
            departs_at=departs_at.astimezone(UTC),
            arrives_at=departs_at.astimezone(UTC) + timedelta(minutes=minutes),
            status=status,
            aircraft_id=aircraft.id,
        )
        flight.cabins = [
            FlightCabin(
                cabin=cabin,
                capacity=seats,
                sellable=seats,
                fare_minor=fare,
                currency=make_airline(airline).currency,
            )
        ]
        session.add(flight)
    return flight


def today() -> date:
    """Return the day that it is where the flights of these builders leave."""
    return clock.now().astimezone(INDIA).date()


def make_schedule(
    number: int = 71,
    days: str = "1234567",
    airline: str = "X1",
    starts_on: date | None = None,
    until: date | None = None,
    seats: int = 100,
) -> Schedule:
    """Return a schedule from Delhi to Mumbai, by default from Delhi's tomorrow on, with flights."""
    make_airport("DEL")
    make_airport("BOM")
    make_aircraft(airline, seats)
    starts_on = starts_on or today() + timedelta(days=1)
    with transaction() as session:
        schedule = Schedule(
            airline_iata=airline,
            number=number,
            origin_iata="DEL",
            destination_iata="BOM",
            operates_from=starts_on,
            operates_to=None,
            days=days,
            departs_local=time(8),
            arrives_local=time(10, 10),
            aircraft_type="A320",
            base_fare_minor=100_00,
            generated_to=starts_on - timedelta(days=1),
        )
        session.add(schedule)
        session.flush()  # The flights are made from the row.
        extend_schedules(session, until or starts_on + timedelta(days=9))
    return schedule


def make_return(seats: int = 100) -> tuple[Flight, Flight]:
    """Return a flight to Mumbai ten days ahead, and one back three days later."""
    out = make_flight(seats)
    back = out.departs_at + timedelta(days=3)
    return out, make_flight(seats, origin="BOM", destination="DEL", departs_at=back)


def make_user(
    email: str = "alice@example.com", role: Role = Role.CUSTOMER, airline: str | None = None
) -> User:
    """Return a user whose password is PASSWORD; staff get their airline."""
    if airline:
        make_airline(airline)
    with transaction():
        return ensure_user(email, PASSWORD, role, airline)


def make_offer(*flights: Flight, party: Party | None = None, total: int | None = None) -> Offer:
    """Return an offer of flights at the price of this moment, or at another one."""
    party = party or Party()
    fares = [cabin.fare_minor for flight in flights for cabin in flight.cabins]
    return Offer(
        (tuple(flight.id for flight in flights),),
        Cabin(flights[0].cabins[0].cabin),
        party,
        Money(
            total or sum(party_fare(fare, party) for fare in fares), flights[0].cabins[0].currency
        ),
        clock.now() + LIFETIME,
        tuple((flight.departs_at, flight.arrives_at) for flight in flights),
    )


def make_hold(
    flight: Flight,
    party: Party | None = None,
    user: User | None = None,
    key: str | None = None,
    family: FareFamily = LIGHT,
    back: Flight | None = None,
    onward: Flight | None = None,
) -> Booking:
    """Return a held booking on a flight, and on one onward or one back where it is given."""
    out = [each for each in (flight, onward) if each]
    offer = make_offer(*out, *([back] if back else []), party=party)
    if back:
        offer = replace(offer, journeys=(tuple(each.id for each in out), (back.id,)))
    with transaction():
        return service.hold_seats(
            offer,
            family,
            key or f"test-key-{next(_numbers):012}",
            digest(f"{flight.id} {party}"),  # Signed, an offer tells the second it was made in.
            user.id if user else None,
            "test",
        )


def make_booking(
    flight: Flight,
    party: Party | None = None,
    user: User | None = None,
    family_name: str = "Meier",
    email: str = "alice@example.com",
    family: FareFamily = LIGHT,
    back: Flight | None = None,
    onward: Flight | None = None,
) -> Booking:
    """Return a confirmed booking on a flight, and on one onward or one back where it is given."""
    booking = make_hold(flight, party, user, family=family, back=back, onward=onward)
    with transaction():
        names = [
            PassengerNames("Alice", family_name, birthday_of(passenger.kind))
            for passenger in booking.passengers
        ]
        service.name_passengers(booking.id, names, email, "test")
    with transaction():
        service.confirm_booking(booking.id, "test")
    return booking


def quote_cancellation(booking: Booking, part: Part = WHOLE) -> Offered:
    """Return the quote for cancelling a booking or a part of it."""
    return cancellation_quote(trip_of(db.session.get_one(Booking, booking.id)), part).offered


def cancel(booking: Booking, part: Part = WHOLE, actor: str = "test") -> None:
    """Cancel a booking or a part of it, at what it is quoted."""
    offered = quote_cancellation(booking, part)
    with transaction():
        cancellation.cancel(booking.id, offered, actor)


def birthday_of(kind: str) -> date:
    """Return a date of birth that fits a kind of passenger on any day of the coming year."""
    years = {"adult": 35, "child": 6, "infant": 0}[kind]
    today = clock.now().date()
    return today.replace(year=today.year - years, day=1) - timedelta(days=30)


def log_in(client: FlaskClient, user: User) -> None:
    """Log a user in as a browser does."""
    answer = client.post("/login", data={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 303
