"""The floor: the least that a page or a booking like ours can cost under the same server.

A bare Flask application. One view reads the same rows by one indexed select, in SQLAlchemy's Core,
and writes as many bytes as the search page through a Jinja template; the other takes a seat by one
guarded UPDATE, one INSERT and one commit.
"""

from __future__ import annotations

import os
import re
import sys
from datetime import date
from pathlib import Path

from flask import Flask, request
from sqlalchemy import bindparam, create_engine, select, text

from webapp.db import Base
from webapp.flights.models import Flight, FlightCabin
from webapp.serve import parse_options, serve

TEMPLATE_VARIABLE = "FLOOR_TEMPLATE"
_ARTICLE = (
    '<article data-price="{{ row.fare_minor }}" data-currency="{{ row.currency }}"'
    ' data-departs="{{ row.departs_at }}" data-arrives="{{ row.arrives_at }}">'
    "{{ row.airline_iata }} {{ row.number }} {{ row.origin_iata }} {{ row.destination_iata }}"
    " {{ row.sellable - row.sold - row.held }} {{ row.id }}"
)
# What the expressions above write for one row, give or take.
_ARTICLE_BYTES = 150


def create_app() -> Flask:
    """Build the floor on DATABASE_URL, with the template that was made for it."""
    app = Flask("bench")
    url = os.environ["DATABASE_URL"]
    # Without what our own engine adds: no ping, and nothing said less than a driver says.
    engine = create_engine(url, pool_size=16, max_overflow=16)
    flights_table = Base.metadata.tables[Flight.__tablename__]
    cabins_table = Base.metadata.tables[FlightCabin.__tablename__]
    flights, cabins = flights_table.c, cabins_table.c
    query = (
        select(
            flights.id,
            flights.airline_iata,
            flights.number,
            flights.origin_iata,
            flights.destination_iata,
            flights.departs_at,
            flights.arrives_at,
            cabins.fare_minor,
            cabins.currency,
            cabins.sellable,
            cabins.sold,
            cabins.held,
        )
        .join_from(flights_table, cabins_table, cabins.flight_id == flights.id)
        .where(
            flights.origin_iata == bindparam("origin"),
            flights.destination_iata == bindparam("destination"),
            flights.departs_on == bindparam("day"),
            cabins.cabin == "economy",
        )
    )
    template = app.jinja_env.from_string(Path(os.environ[TEMPLATE_VARIABLE]).read_text())

    @app.get("/flights")
    def flights_page() -> str:
        values = {
            "origin": request.args["origin"],
            "destination": request.args["destination"],
            "day": date.fromisoformat(request.args["depart"]),
        }
        with engine.connect() as connection:
            rows = connection.execute(query, values).all()
        return template.render(rows=rows)

    taken = text(
        "UPDATE bench_cabins SET held = held + 1"
        " WHERE flight_id = :flight_id AND held + sold + 1 <= sellable"
    )
    made = text("INSERT INTO bench_bookings (flight_id, made_at) VALUES (:flight_id, NOW(6))")

    @app.post("/bookings")
    def book() -> tuple[str, int]:
        values = {"flight_id": int(request.form["flight_id"])}
        with engine.begin() as connection:
            if connection.execute(taken, values).rowcount != 1:
                return "sold out", 409
            connection.execute(made, values)
        return "booked", 201

    # The server forks: no connection is open yet, since the engine connects when it is first used.
    return app


def template_of(page: str, rows: int) -> str:
    """Return a template that writes about as many bytes as a search page, in this many articles."""
    head, *articles = re.split(r"<article\b(?=[^>]*\bdata-offer\b)", page)
    *_, foot = articles[-1].rpartition("</article>")
    each = len("".join(articles).removesuffix(foot).encode()) // rows
    filler = "." * max(0, each - _ARTICLE_BYTES)
    loop = f"{{% for row in rows %}}{_ARTICLE}{filler}</article>{{% endfor %}}"
    return f"{{% raw %}}{head}{{% endraw %}}{loop}{{% raw %}}{foot}{{% endraw %}}"


if __name__ == "__main__":
    serve(create_app(), int(os.environ["PORT"]), parse_options(sys.argv[1:]))
