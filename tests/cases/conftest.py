"""Fixtures for labelled cases: a database, a Redis and a world for each."""

import pytest

from cases.case_scene import Case


@pytest.fixture
def case(migrated_dsn: str, empty_redis: str) -> Case:
    """Return a case on an empty database."""
    return Case(migrated_dsn, empty_redis)
