"""Commands: save travellers, change one, remove one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from webapp import clock
from webapp.accounts.models import SavedTraveller, User
from webapp.accounts.travellers.errors import TravellerGone, TravellerKnown
from webapp.accounts.travellers.queries import saved_traveller, saved_travellers_of
from webapp.db import db

MOST = 30

# Given names, family name and date of birth.
Person = tuple[str, str, date]


def save_travellers(user_id: int, people: Iterable[Person]) -> bool:
    """Save people; tell whether all found room.

    Safe to repeat: whom the account knows is not saved twice. It keeps MOST people at most. Locks
    the account.
    """
    # Of two bookings that save the same people at once, the second finds them.
    _lock(user_id)
    known = {_person(each) for each in saved_travellers_of(user_id)}
    for person in people:
        if person not in known:
            if len(known) == MOST:
                return False
            known.add(person)
            given_name, family_name, born_on = person
            db.session.add(
                SavedTraveller(
                    user_id=user_id,
                    given_name=given_name,
                    family_name=family_name,
                    born_on=born_on,
                    saved_at=clock.now(),
                )
            )
    return True


def change_traveller(user_id: int, reference: str, person: Person) -> None:
    """Write down other names or another date of birth; bookings that were made keep theirs.

    Safe to repeat. Raises TravellerGone and TravellerKnown. Locks the account.
    """
    _lock(user_id)
    traveller = saved_traveller(user_id, reference)
    if traveller is None:
        raise TravellerGone
    others = (each for each in saved_travellers_of(user_id) if each is not traveller)
    if person in map(_person, others):
        raise TravellerKnown
    traveller.given_name, traveller.family_name, traveller.born_on = person


def remove_traveller(user_id: int, reference: str) -> None:
    """Forget somebody. Safe to repeat; what another account saved stays. Locks the account."""
    _lock(user_id)
    traveller = saved_traveller(user_id, reference)
    if traveller is not None:
        db.session.delete(traveller)


def _lock(user_id: int) -> None:
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update())


def _person(traveller: SavedTraveller) -> Person:
    return traveller.given_name, traveller.family_name, traveller.born_on
