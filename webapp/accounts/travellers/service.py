"""Commands: save travellers, change one, remove one or all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete

from webapp import clock
from webapp.accounts.models import SavedTraveller
from webapp.accounts.service import locked_account
from webapp.accounts.travellers.errors import TravellerGone, TravellerKnown
from webapp.accounts.travellers.queries import saved_traveller, saved_travellers_of
from webapp.db import db

MOST = 30

# Given names, family name and date of birth.
Person = tuple[str, str, date]


def save_travellers(user_id: int, people: Iterable[Person]) -> bool:
    """Save people; tell whether all found room.

    Safe to repeat: whom the account knows is not saved twice. It keeps MOST people at most. Raises
    AccountClosed. Locks the account.
    """
    # Of two bookings that save the same people at once, the second finds them.
    locked_account(user_id)
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

    Safe to repeat. Raises TravellerGone, TravellerKnown and AccountClosed. Locks the account.
    """
    locked_account(user_id)
    traveller = saved_traveller(user_id, reference)
    if traveller is None:
        raise TravellerGone
    others = (each for each in saved_travellers_of(user_id) if each is not traveller)
    if person in map(_person, others):
        raise TravellerKnown
    traveller.given_name, traveller.family_name, traveller.born_on = person


def forget_travellers(user_id: int) -> None:
    """Forget everybody whom an account saved."""
    db.session.execute(delete(SavedTraveller).where(SavedTraveller.user_id == user_id))


def remove_traveller(user_id: int, reference: str) -> None:
    """Forget somebody. Safe to repeat; what another account saved stays. Locks the account."""
    locked_account(user_id)
    traveller = saved_traveller(user_id, reference)
    if traveller is not None:
        db.session.delete(traveller)


def _person(traveller: SavedTraveller) -> Person:
    return traveller.given_name, traveller.family_name, traveller.born_on
