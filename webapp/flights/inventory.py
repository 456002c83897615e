"""Commands on seats: claim, extend, sell, renew, divide, return, release, let go of what ran out.

Every counter moves by a guarded UPDATE whose row count says whether it did, never by a value
that was read before. A claim changes state the same way, so its seats come back exactly once.
The cabin's row is locked by that UPDATE until the commit: claims of several flights are taken
in the order of their ids, so that two bookings never wait for each other.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Row, and_, bindparam, case, select, update

from webapp import clock
from webapp.db import Base, change_rows, db, insert_row
from webapp.flights.errors import ClaimLost, NoSeatsLeft
from webapp.flights.models import ClaimStatus, FlightCabin, SeatClaim
from webapp.network.models import Cabin

# Built once, on the tables rather than the classes: composing them anew costs more than running
# them. A parameter must not have the name of a column, or it would be written into it.
_cabins = Base.metadata.tables[FlightCabin.__tablename__]
_claims = Base.metadata.tables[SeatClaim.__tablename__]
_OF_CABIN = and_(
    _cabins.c.flight_id == bindparam("of_flight"), _cabins.c.cabin == bindparam("of_cabin")
)
_TAKE = (
    update(_cabins)
    .where(_OF_CABIN, _cabins.c.sold + _cabins.c.held + bindparam("seats") <= _cabins.c.sellable)
    .values(held=_cabins.c.held + bindparam("seats"))
)
_MOVE_COUNTS = (
    update(_cabins)
    .where(_OF_CABIN)
    .values(
        held=_cabins.c.held + bindparam("more_held"),
        sold=_cabins.c.sold + bindparam("more_sold"),
        # What comes back to a closed cabin is on sale no more.
        sellable=case(
            (
                _cabins.c.is_closed,
                _cabins.c.sellable + bindparam("more_held") + bindparam("more_sold"),
            ),
            else_=_cabins.c.sellable,
        ),
    )
)
_CLAIM = select(
    _claims.c.flight_id, _claims.c.cabin, _claims.c.seats, _claims.c.status, _claims.c.expires_at
).where(_claims.c.id == bindparam("claim_id"))
_SELL = (
    update(_claims)
    .where(
        _claims.c.id == bindparam("claim_id"),
        _claims.c.seats == bindparam("of_seats"),
        _claims.c.status == ClaimStatus.HELD,
        _claims.c.expires_at > bindparam("now"),
    )
    .values(status=ClaimStatus.SOLD)
)
_EXTEND = (
    update(_claims)
    .where(_claims.c.id == bindparam("claim_id"), _claims.c.status == ClaimStatus.HELD)
    .values(expires_at=bindparam("until"))
)
_RELEASE = (
    update(_claims)
    .where(_claims.c.id == bindparam("claim_id"), _claims.c.status == bindparam("old_status"))
    .values(status=ClaimStatus.RELEASED)
)
_RETURN_SOME = (
    update(_claims)
    .where(
        _claims.c.id == bindparam("claim_id"),
        _claims.c.status == ClaimStatus.SOLD,
        _claims.c.seats > bindparam("fewer"),
    )
    .values(seats=_claims.c.seats - bindparam("fewer"))
)


def hold_seats(flight_id: int, cabin: Cabin, seats: int, until: datetime) -> int:
    """Take seats until an instant, and return the id of the claim on them.

    Raises NoSeatsLeft. Locks the cabin's row.
    """
    if not _take(flight_id, cabin, seats):
        # Holds past their time hold nothing, whether or not a worker has tidied them away.
        # Somebody else may have let go of them while this waited for the same.
        expire_claims_of(flight_id)
        if not _take(flight_id, cabin, seats):
            raise NoSeatsLeft(flight_id)
    return insert_row(SeatClaim, flight_id=flight_id, cabin=cabin, seats=seats, expires_at=until)


def extend_claim(claim_id: int, until: datetime) -> None:
    """Hold the seats of a claim until a later instant. Raises ClaimLost where it holds none."""
    if not change_rows(_EXTEND, claim_id=claim_id, until=until):
        raise ClaimLost


def sell_claim(claim_id: int, flight_id: int, cabin: str, seats: int) -> None:
    """Turn the seats of a claim on a cabin into sold ones.

    Raises ClaimLost where it holds just these no more. Locks the cabin's row.
    """
    if not change_rows(_SELL, claim_id=claim_id, of_seats=seats, now=clock.now()):
        raise ClaimLost
    _move_counts(flight_id, cabin, held=-seats, sold=seats)


def renew_claim(claim_id: int) -> int:
    """Put a new claim on the sold seats of a claim in its place, and return its id.

    The seats are free at no moment. Raises ClaimLost where they are sold no more.
    """
    claim = _claim(claim_id)
    if not _release(claim_id, ClaimStatus.SOLD):
        raise ClaimLost
    return insert_row(
        SeatClaim,
        flight_id=claim.flight_id,
        cabin=claim.cabin,
        seats=claim.seats,
        status=ClaimStatus.SOLD,
        expires_at=clock.now(),
    )


def divide_claim(claim_id: int, seats: int) -> int:
    """Put a claim of its own on some of a claim's sold seats, and return its id.

    They are sold at every moment, so no count moves. Of a claim that has given its seats back the
    new one has, too. Raises ClaimLost where not more of them are sold.
    """
    claim = _claim(claim_id)
    is_over = claim.status == ClaimStatus.RELEASED
    if not is_over and not change_rows(_RETURN_SOME, claim_id=claim_id, fewer=seats):
        raise ClaimLost
    return insert_row(
        SeatClaim,
        flight_id=claim.flight_id,
        cabin=claim.cabin,
        seats=seats,
        status=claim.status,
        expires_at=claim.expires_at,
    )


def release_claim(claim_id: int) -> bool:
    """Give a claim's seats back; tell whether it still had any to give."""
    claim = _claim(claim_id)
    if _release(claim_id, ClaimStatus.HELD):
        _move_counts(claim.flight_id, claim.cabin, held=-claim.seats)
        return True
    if _release(claim_id, ClaimStatus.SOLD):
        _move_counts(claim.flight_id, claim.cabin, sold=-claim.seats)
        return True
    return False


def return_seats(claim_id: int, seats: int) -> None:
    """Give some of a claim's sold seats back. Raises ClaimLost where it has not more of them."""
    claim = _claim(claim_id)
    if not change_rows(_RETURN_SOME, claim_id=claim_id, fewer=seats):
        raise ClaimLost
    _move_counts(claim.flight_id, claim.cabin, sold=-seats)


def lock_cabin(flight_id: int, cabin: str) -> None:
    """Let nobody move the counts of a cabin, nor give a seat in it, before the commit."""
    query = select(FlightCabin.flight_id).where(
        FlightCabin.flight_id == flight_id, FlightCabin.cabin == cabin
    )
    db.session.execute(query.with_for_update())


def expire_claims_of(flight_id: int) -> int:
    """Let go of a flight's claims past their time; return how many seats that freed."""
    query = select(SeatClaim).where(
        SeatClaim.flight_id == flight_id,
        SeatClaim.status == ClaimStatus.HELD,
        SeatClaim.expires_at <= clock.now(),
    )
    # All claims are let go of before the cabin's row is touched: who holds a claim may wait for
    # the cabin, so who holds the cabin must not wait for a claim.
    freed: Counter[str] = Counter()
    for claim in db.session.scalars(query.order_by(SeatClaim.id)).all():
        if _release(claim.id, ClaimStatus.HELD):
            freed[claim.cabin] += claim.seats
    for cabin, seats in sorted(freed.items()):
        _move_counts(flight_id, cabin, held=-seats)
    return freed.total()


def _take(flight_id: int, cabin: Cabin, seats: int) -> bool:
    return change_rows(_TAKE, of_flight=flight_id, of_cabin=cabin, seats=seats) == 1


def _claim(claim_id: int) -> Row[int, str, int, str, datetime]:
    return db.session.execute(_CLAIM, {"claim_id": claim_id}).one()


def _release(claim_id: int, status: ClaimStatus) -> bool:
    return change_rows(_RELEASE, claim_id=claim_id, old_status=status) == 1


def _move_counts(flight_id: int, cabin: str, held: int = 0, sold: int = 0) -> None:
    counts = {"more_held": held, "more_sold": sold}
    if not change_rows(_MOVE_COUNTS, of_flight=flight_id, of_cabin=cabin, **counts):
        raise LookupError(f"flight {flight_id} has no cabin {cabin}")
