"""The two stores that one suite runs over."""

import pytest

from fakes import FakeStore
from thesetd.adapters.postgres import PostgresStore


@pytest.fixture(params=["fake", pytest.param("postgres", marks=pytest.mark.real)])
def store(request: pytest.FixtureRequest) -> FakeStore | PostgresStore:
    """Return an empty store of either kind."""
    if request.param == "fake":
        return FakeStore()
    found: PostgresStore = request.getfixturevalue("postgres_store")
    return found
