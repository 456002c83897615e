"""Pages of a list: which part of it one holds, and the ways to those beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

PAGE_SIZE = 50

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list, and how many items there are in all."""

    items: list[Item]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """The number of pages."""
        return max(1, -(-self.total // PAGE_SIZE))

    def beside(self, step: int, address: str, asked: Mapping[str, str]) -> str | None:
        """Return the address of the page before or after this one, None where there is none."""
        if not 1 <= self.number + step <= self.pages:
            return None
        return f"{address}?{urlencode({**asked, 'page': self.number + step})}"


def page_within(asked: int, total: int) -> int:
    """Return the page that is asked for, or the last one where there are fewer."""
    return max(1, min(asked, -(-total // PAGE_SIZE)))
