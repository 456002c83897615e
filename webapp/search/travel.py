"""Travel: who flies between which places, whatever the days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webapp.flights.fares import Party
from webapp.network.models import Cabin
from webapp.network.queries import Place
from webapp.search.criteria import Criteria


@dataclass(frozen=True)
class Travel:
    """Who flies between which places, in which cabin, one way; None for the usual currency."""

    origin: Place
    destination: Place
    party: Party
    cabin: Cabin
    currency: str | None = None

    def key(self, depart: date, return_on: date | None) -> str:
        """Return what tells this travel on its days from others, in a word of our own."""
        party = self.party
        places = self.origin.code, self.destination.code
        people = party.adults, party.children, party.infants
        return ":".join(map(str, (*places, depart, return_on or "", *people, self.cabin.value)))

    def back(self) -> Travel:
        """Return the way back."""
        return Travel(self.destination, self.origin, self.party, self.cabin, self.currency)


def travel_of(criteria: Criteria) -> Travel:
    """Return who flies in a search, and between which places."""
    ends = criteria.origin, criteria.destination
    return Travel(*ends, criteria.party, criteria.cabin, criteria.currency)
