"""Commands: save travellers, remove one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete, select

from webapp import clock
from webapp.accounts.models import SavedTraveller, User
from webapp.accounts.travellers.queries import saved_travellers_of
from webapp.db import db

MOST = 30


def save_travellers(user_id: int, people: Iterable[tuple[str, str, date]]) -> bool:
    """Save people by given names, family name and date of birth; tell whether all found room.

    Safe to repeat: whom the account knows is not saved twice. It keeps MOST people at most. Locks
    the account.
    """
    # Of two bookings that save the same people at once, the second finds them.
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update())
    saved = saved_travellers_of(user_id)
    known = {(each.given_name, each.family_name, each.born_on) for each in saved}
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


def remove_traveller(user_id: int, traveller_id: int) -> None:
    """Forget somebody. Safe to repeat; what another account saved stays."""
    mine = delete(SavedTraveller).where(
        SavedTraveller.id == traveller_id, SavedTraveller.user_id == user_id
    )
    db.session.execute(mine)
