"""Ways from one page of a list to the pages beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlencode


class Paged(Protocol):
    """A page of a list, and how many pages there are."""

    @property
    def page(self) -> int:
        """The number of this page."""

    @property
    def pages(self) -> int:
        """The number of pages."""


def page_beside(
    found: Paged | None, step: int, address: str, asked: Mapping[str, str]
) -> str | None:
    """Return the address of the page before or after this one, None where there is none."""
    if found is None or not 1 <= found.page + step <= found.pages:
        return None
    return f"{address}?{urlencode({**asked, 'page': found.page + step})}"
