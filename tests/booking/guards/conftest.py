"""A database whose constraints may be dropped: no other test uses it."""

from __future__ import annotations

import pytest

from tests.conftest import new_database


@pytest.fixture(scope="session")
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Return the address of a migrated database of its kind, for these tests alone."""
    return new_database(database_kind, request, tmp_path_factory)
