"""Which tests stay together on one worker of pytest-xdist: those whose servers take longer to start than a test takes.

pytest-xdist 3.8 has a mark for this, which has no effect under pytest 9.2: the name of the group never gets into the
ids that are shared out. `--dist loadgroup` therefore goes by this table.
"""

from xdist.scheduler import LoadGroupScheduling

TOGETHER = {
    "tests/kill/test_kills.py": "kill",
    "tests/kill/test_nodes.py": "kill",
    "tests/servers/test_postgres_": "debian-postgres",
    "tests/servers/test_check_config.py": "debian-postgres",
    "tests/servers/test_streams.py": "streams",
}

# Tests that wait or compute for long begin early, so that none of them is what all others have to wait for in the end.
LONG = (
    "tests/kill/test_webhooks.py",
    "tests/kill/test_sigterm.py",
    "tests/app/test_secrets.py",
    "tests/actors/jobs/scheduled/test_sweep_step.py",
    "tests/servers/test_redis_limits.py",
    "tests/simulation/test_",
    "tests/app/test_adoption.py",
    "tests/app/test_demo.py",
)


def place(nodeid: str, *, real: bool) -> tuple[bool, bool, bool]:
    """Return where a test comes: first what one worker does alone, then the long ones, then those on real servers."""
    return one_worker(nodeid) is None, not nodeid.startswith(LONG), not real


def one_worker(nodeid: str) -> str | None:
    """Return the group of a test that has one."""
    return next((group for path, group in TOGETHER.items() if nodeid.startswith(path)), None)


class Together(LoadGroupScheduling):
    """Shares out tests one by one, and groups whole."""

    def _split_scope(self, nodeid: str) -> str:
        return one_worker(nodeid) or nodeid
