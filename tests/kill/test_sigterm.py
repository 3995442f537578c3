"""A few lives of the campaign in `sigterm.py`; SIGTERM_LIVES and SIGTERM_SEED ask for others."""

import os
from pathlib import Path

import pytest

from kill.sigterm import Clients, Ground, artists, campaign, sandbox


@pytest.mark.real
def test_sigterm_at_any_moment_ends_the_daemon_in_order(tmp_path: Path, database_dsn: str, redis_server: str) -> None:
    """While it starts, works, and serves clients that do not read: exit code 0, no traceback, nothing left behind."""
    rounds, seed = int(os.environ.get("SIGTERM_LIVES", "3")), int(os.environ.get("SIGTERM_SEED", "1"))
    with sandbox(tmp_path) as environ:
        ground = Ground(dsn=database_dsn, redis=redis_server, environ=environ, artists=artists())
        lives = list(campaign(ground, rounds=rounds, seed=seed, clients=Clients(silent=10, slow=10, stuck=5)))
    assert [life for life in lives if life.faults] == []
    assert {life.ready for life in lives} == {True, False}
