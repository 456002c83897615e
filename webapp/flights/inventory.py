"""Commands on seats: claim, sell, return, release, and let go of what ran out.

Every counter moves by a guarded UPDATE whose row count says whether it did, never by a value
that was read before. A claim changes state the same way, so its seats come back exactly once.
The cabin's row is locked by that UPDATE until the commit: claims of several flights are taken
in the order of their ids, so that two bookings never wait for each other.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.sql.dml import Update

from webapp import clock
from webapp.db import db
from webapp.flights.errors import ClaimLost, NoSeatsLeft
from webapp.flights.models import ClaimStatus, FlightCabin, SeatClaim
from webapp.network.models import Cabin


def hold_seats(flight_id: int, cabin: Cabin, seats: int, until: datetime) -> SeatClaim:
    """Take seats until an instant. Raises NoSeatsLeft. Locks the cabin's row."""
    if not _take(flight_id, cabin, seats):
        # Holds past their time hold nothing, whether or not a worker has tidied them away.
        # Somebody else may have let go of them while this waited for the same.
        expire_claims_of(flight_id)
        if not _take(flight_id, cabin, seats):
            raise NoSeatsLeft(flight_id)
    claim = SeatClaim(flight_id=flight_id, cabin=cabin, seats=seats, expires_at=until)
    db.session.add(claim)
    db.session.flush()  # Assigns claim.id.
    return claim


def sell_claim(claim_id: int) -> None:
    """Turn held seats into sold ones. Raises ClaimLost where they are held no more."""
    claim = db.session.get_one(SeatClaim, claim_id)
    is_live = SeatClaim.expires_at > clock.now()
    if not _leave(claim, ClaimStatus.HELD, ClaimStatus.SOLD, is_live):
        raise ClaimLost
    _move_counts(claim.flight_id, claim.cabin, held=-claim.seats, sold=claim.seats)


def release_claim(claim_id: int) -> bool:
    """Give a claim's seats back; tell whether it still had any to give."""
    claim = db.session.get_one(SeatClaim, claim_id)
    if _leave(claim, ClaimStatus.HELD, ClaimStatus.RELEASED):
        _move_counts(claim.flight_id, claim.cabin, held=-claim.seats)
        return True
    if _leave(claim, ClaimStatus.SOLD, ClaimStatus.RELEASED):
        _move_counts(claim.flight_id, claim.cabin, sold=-claim.seats)
        return True
    return False


def return_seats(claim_id: int, seats: int) -> None:
    """Give some of a claim's sold seats back. Raises ClaimLost where it has not more of them."""
    claim = db.session.get_one(SeatClaim, claim_id)
    returned = (
        update(SeatClaim)
        .where(
            SeatClaim.id == claim.id,
            SeatClaim.status == ClaimStatus.SOLD,
            SeatClaim.seats > seats,
        )
        .values(seats=SeatClaim.seats - seats)
    )
    if not _changed(returned):
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
        if _leave(claim, ClaimStatus.HELD, ClaimStatus.RELEASED):
            freed[claim.cabin] += claim.seats
    for cabin, seats in sorted(freed.items()):
        _move_counts(flight_id, cabin, held=-seats)
    return freed.total()


def _take(flight_id: int, cabin: Cabin, seats: int) -> bool:
    taken = (
        update(FlightCabin)
        .where(
            FlightCabin.flight_id == flight_id,
            FlightCabin.cabin == cabin,
            FlightCabin.sold + FlightCabin.held + seats <= FlightCabin.sellable,
        )
        .values(held=FlightCabin.held + seats)
    )
    return _changed(taken)


def _leave(
    claim: SeatClaim,
    status: ClaimStatus,
    new_status: ClaimStatus,
    *conditions: ColumnElement[bool],
) -> bool:
    left = update(SeatClaim).where(
        SeatClaim.id == claim.id, SeatClaim.status == status, *conditions
    )
    return _changed(left.values(status=new_status))


def _move_counts(flight_id: int, cabin: str, held: int = 0, sold: int = 0) -> None:
    moved = (
        update(FlightCabin)
        .where(FlightCabin.flight_id == flight_id, FlightCabin.cabin == cabin)
        .values(held=FlightCabin.held + held, sold=FlightCabin.sold + sold)
    )
    if not _changed(moved):
        raise LookupError(f"flight {flight_id} has no cabin {cabin}")


def _changed(statement: Update) -> bool:
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount == 1
