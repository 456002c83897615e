"""Whoever filters the pages of a search by hand finds what is counted beside each filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.pages import Element, page
from tests.search.test_trips import cases, small_network

HAND: dict[str, Callable[[dict[str, str], str], bool]] = {
    "stops": lambda result, most: int(result["data-stops"]) <= int(most),
    "max_price": lambda result, units: int(result["data-price"]) <= 100 * int(units),
    "max_duration": lambda result, most: int(result["data-minutes"]) <= int(most),
    "price_class": lambda result, name: result["data-price-class"] == name,
    "time_class": lambda result, name: result["data-time-class"] == name,
    "duration_class": lambda result, name: result["data-duration-class"] == name,
    "arrive_from": lambda result, earliest: result["data-arrives"][11:16] >= earliest,
    "arrive_to": lambda result, latest: result["data-arrives"][11:16] <= latest,
}


@pytest.mark.parametrize("every", ["", "yes"])
def test_whoever_filters_the_pages_by_hand_finds_what_each_choice_counts(
    app: Flask, client: FlaskClient, every: str
) -> None:
    network, seen = small_network(), Counter[str]()
    for case in cases(app, network, examples=8, seed=15):
        if case.backs is not None:
            continue  # What is asked of each way does not stand in a return's results.
        way = case.criteria.way_out
        query = {"origin": way.origin.code, "destination": way.destination.code}
        query |= {"depart": way.depart.isoformat(), "adults": "2", "children": "1", "infants": "1"}
        query["every"] = every
        shown = page(client.get("/flights", query_string=query))
        results = results_of_all_pages(client, shown)
        for link in (each for facet in shown.all("div", class_="facet") for each in facet.all("a")):
            asked = dict(parse_qsl(urlsplit(link.attributes["href"]).query))
            wishes = asked.keys() - query.keys()
            if wishes <= HAND.keys() and link.text.split()[-1].isdigit():
                fitting = [
                    each
                    for each in results
                    if all(HAND[name](each, asked[name]) for name in wishes)
                ]
                assert int(link.text.split()[-1]) == len(fitting), link.text
                seen.update(wishes)
    assert seen.keys() == HAND.keys()


def results_of_all_pages(client: FlaskClient, shown: Element) -> list[dict[str, str]]:
    results = [each.attributes for each in shown.all("article", class_="result")]
    while more := [each for each in shown.all("a") if each.text == "More results"]:
        shown = page(client.get(more[0].attributes["href"]))
        results += [each.attributes for each in shown.all("article", class_="result")]
    return results
