"""Who follows a price: an account, or an address alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from webapp.accounts.models import User


@dataclass(frozen=True)
class Follower:
    """Who follows: an account, or an address alone."""

    email: str
    user_id: int | None

    @property
    def owner(self) -> str:
        """The word that stands for them in the database."""
        if self.user_id is not None:
            return f"user:{self.user_id}"
        return f"mail:{hashlib.sha256(self.email.encode()).hexdigest()[:40]}"


def owners_of(user: User) -> list[str]:
    """Return the words for an account, and for its address once it has answered from there.

    Before that the address may be anybody's, and what it follows is for no other eyes.
    """
    account = Follower(user.email, user.id)
    address = [Follower(user.email, None)] if user.email_verified_at else []
    return [each.owner for each in (account, *address)]
