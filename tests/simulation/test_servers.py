import subprocess
import sys
from pathlib import Path

import attrs
from redis import Redis

from exploring import EXPLORE
from simulation.on_servers import OnServers
from simulation.plans import SHORT

RUN = Path(__file__).parent / "run.py"
FAULTS = frozenset({"crash_actor", "kill_at_call", "kill_at_step", "stop", "storm", "ban", "nudge", "expire_tokens"})


def test_a_disturbed_run_on_real_servers_is_repeatable(migrated_dsn: str, schema_dsn: str, empty_redis: str):
    """Kills, crashes and storms on a real PostgreSQL and Redis: every promise kept.

    The command that a failing run prints writes the same event log, and so does a second run here where tests explore.
    """
    plan = attrs.evolve(SHORT, seed=2, days=0.01, faults=FAULTS, faults_a_day=1000.0)
    logs = []
    for dsn in (migrated_dsn, schema_dsn) if EXPLORE else (migrated_dsn,):
        with Redis.from_url(empty_redis) as client:
            client.flushall()
        outcome = OnServers(plan, dsn, empty_redis).run()
        assert not outcome.violations, outcome.report()
        assert outcome.lives > 2
        logs.append(outcome.sha256)
    assert outcome.command in outcome.report()
    command = [sys.executable, str(RUN), *outcome.command.split()[2:]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert all(log[:16] in done.stdout for log in logs), done.stdout + done.stderr
