"""Airports by their code, from the airportsdata package, named as travellers know them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import airportsdata

# The package files an airport under the municipality it stands in; tickets name the city it serves.
_CITIES = {
    "AGP": "Málaga",
    "AKL": "Auckland",
    "BLR": "Bengaluru",
    "BOG": "Bogotá",
    "BSB": "Brasília",
    "COK": "Kochi",
    "CVG": "Cincinnati",
    "DEL": "Delhi",
    "FRA": "Frankfurt",
    "GOI": "Goa",
    "LIM": "Lima",
    "OKA": "Okinawa",
    "YUL": "Montréal",
    "YVR": "Vancouver",
}
_METROPOLITAN_CITIES = {"BHZ": "Belo Horizonte", "SAO": "São Paulo"}
_NAMES = {
    "AEP": "Aeroparque Jorge Newbery",
    "ATL": "Hartsfield-Jackson Atlanta International Airport",
    "BOG": "El Dorado International Airport",
    "BSB": "Brasília International Airport",
    "CMB": "Bandaranaike International Airport",
    "CWB": "Afonso Pena International Airport",
    "DCA": "Ronald Reagan Washington National Airport",
    "EZE": "Ezeiza International Airport",
    "FCO": "Leonardo da Vinci-Fiumicino Airport",
    "GIG": "Galeão International Airport",
    "GRU": "Guarulhos International Airport",
    "HKG": "Hong Kong International Airport",
    "HND": "Haneda Airport",
    "HNL": "Daniel K. Inouye International Airport",
    "HYD": "Rajiv Gandhi International Airport",
    "ITM": "Itami Airport",
    "JFK": "John F. Kennedy International Airport",
    "LGA": "LaGuardia Airport",
    "LIS": "Humberto Delgado Airport",
    "MEX": "Benito Juárez International Airport",
    "MVD": "Carrasco International Airport",
    "NCE": "Nice Côte d'Azur Airport",
    "NRT": "Narita International Airport",
    "SCL": "Arturo Merino Benítez International Airport",
    "SDU": "Santos Dumont Airport",
    "SYD": "Sydney Kingsford Smith Airport",
    "UIO": "Mariscal Sucre International Airport",
}
# IATA's metropolitan areas that the package leaves out or keeps too small.
_METROPOLITAN_AREAS = {"EWR": "NYC"}


def airport_rows(codes: Iterable[str]) -> list[dict[str, Any]]:
    """Return the columns of `Airport` for each code; codes that the package lacks are left out."""
    known = _airports()
    return [_row(known[code]) for code in codes if code in known]


def _row(airport: dict[str, Any]) -> dict[str, Any]:
    iata = airport["iata"]
    areas = _areas_by_airport()
    area, area_city = areas.get(iata, (iata, None))
    return {
        "iata": iata,
        "city_code": area,
        "name": _NAMES.get(iata, airport["name"])[:120],
        "city": (_CITIES.get(iata) or area_city or airport["city"])[:80],
        "country": airport["country"],
        "timezone": airport["tz"],
        "latitude": airport["lat"],
        "longitude": airport["lon"],
    }


@cache
def _airports() -> dict[str, dict[str, Any]]:
    return {code: dict(row) for code, row in airportsdata.load("IATA").items()}


@cache
def _areas_by_airport() -> dict[str, tuple[str, str]]:
    areas = airportsdata.load_iata_macs()
    names = {code: area["name"] for code, area in areas.items()} | _METROPOLITAN_CITIES
    found = {iata: code for code, area in areas.items() for iata in area["airports"]}
    return {iata: (code, names[code]) for iata, code in (found | _METROPOLITAN_AREAS).items()}
