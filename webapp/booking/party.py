"""A party: which infant sits on whose lap, and who may sit where."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.booking.models import Passenger, PassengerKind


def laps(passengers: Sequence[Passenger]) -> dict[int, Passenger]:
    """Return each infant's adult by the infant's id: the first infant goes with the first adult."""
    adults = [each for each in passengers if each.kind == PassengerKind.ADULT]
    infants = [each for each in passengers if each.kind == PassengerKind.INFANT]
    return {infant.id: adult for infant, adult in zip(infants, adults, strict=False)}
