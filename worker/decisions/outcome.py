"""What a decision can be: a mail, none with a reason, or another look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp.booking.told import Told
from webapp.notifications.mime import Attached


@dataclass(frozen=True)
class Mail:
    """Send this, with files; `tells` is what the party then knows of its flights."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    tells: tuple[Told, ...] = ()
    attached: tuple[Attached, ...] = ()


@dataclass(frozen=True)
class Withheld:
    """Send nothing, for this reason."""

    reason: str


@dataclass(frozen=True)
class Postponed:
    """Ask again then."""

    due_at: datetime


@dataclass(frozen=True)
class Redirected:
    """Look again, for another recipient: mail of this trip goes there by now."""

    recipient: str


Decision = Mail | Withheld | Postponed | Redirected
