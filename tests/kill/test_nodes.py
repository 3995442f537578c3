"""Several nodes, and those that may not start."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import nodes
import pytest
from ground import Ground, artists, grounds
from victims import wait_for

from thesetd.adapters.postgres.migrations import known_migrations

pytestmark = pytest.mark.real
EX_CONFIG = 78
_TAKEN = """
select count(*) from audit.moves m where m.who = $1 and (m.before, m.after) = ('running', 'ready')
and exists (select from audit.moves c where c.job_id = m.job_id and c.id > m.id and c.who = $2)
"""


@pytest.fixture
def limited(redis_program: Path) -> Iterator[Ground]:
    """Yield a world that counts calls."""
    assert redis_program
    with grounds("--latency", "0.02", *nodes.OPTIONS) as make, make() as ground:
        yield ground


def test_a_node_is_killed_among_others(limited: Ground) -> None:
    """Its jobs go on elsewhere, none is done twice, and no provider sees a call too many."""
    outcome = nodes.campaign(limited, artists(5), kills=1, every_s=2.0)
    assert outcome.faults == []
    assert (outcome.over, outcome.calls > 0) == (0, True)


def test_a_node_that_is_stopped_leaves_its_jobs_to_another(ground: Ground) -> None:
    """What it gives back runs elsewhere though the other never looks for jobs of itself, as else twice a minute."""
    first = ground.forker.start("one")
    first.ready()
    jobs = ground.auditor.enqueue(artists(3))
    ground.auditor.look("select pg_notify('thesetd', 'jobs')")
    wait_for(lambda: len(ground.auditor.running(first.label)) == len(jobs), "the first to run everything")
    second = ground.forker.start("two", plants={"never_look": {}})
    second.ready()
    assert first.end(signal.SIGTERM) == 0
    assert ground.faults(jobs) == []
    ((taken,),) = ground.auditor.look(_TAKEN, first.label, second.label)
    assert taken > 0
    second.end()


def test_a_name_that_is_taken(ground: Ground) -> None:
    """The second daemon of a name ends with 78 and one line that says what to do; the first works on."""
    first = ground.forker.start("one")
    first.ready()
    jobs = ground.auditor.enqueue(artists(1))
    ground.auditor.look("select pg_notify('thesetd', 'jobs')")
    second = ground.forker.start("one", place="elsewhere")
    assert second.wait() == EX_CONFIG
    (line,) = [entry["error"] for entry in second.log() if entry["event"] == "Ended"]
    assert line.startswith("node.name: another thesetd runs as node 'one'")
    assert ground.faults(jobs) == []
    assert not [entry for entry in first.log() if entry["event"] in {"ActorCrashed", "StoreWaited"}]
    first.end()


def test_a_schema_of_a_later_version(ground: Ground) -> None:
    """A daemon refuses it with one line and touches nothing."""
    ground.auditor.look(
        "insert into thesetd.migrations select 99, 'later', checksum, applied_at from thesetd.migrations limit 1"
    )
    life = ground.forker.start()
    assert life.wait() == EX_CONFIG
    (line,) = [entry["error"] for entry in life.log() if entry["event"] == "Ended"]
    known = len(known_migrations())
    assert line == f"database: its schema is at 99, this version knows {known}: upgrade thesetd"
    assert ground.auditor.look("select 1 from thesetd.nodes") == []


def test_a_checkpoint_of_another_version(ground: Ground) -> None:
    """The job starts over, says so, and is done."""
    (job,) = ground.auditor.enqueue(artists(1))
    foreign = json.dumps({"version": 99, "steps": ["artist", "shows", "catalog"], "albums": "unknown"})
    ground.auditor.look("update thesetd.jobs set checkpoint = $1::jsonb", foreign)
    life = ground.forker.start()
    life.ready()
    assert ground.faults([job]) == []
    assert ground.auditor.look("select count(*) > 0 from songs") == [(True,)]
    told = wait_for(lambda: [e for e in life.log() if e["event"] == "CheckpointDropped"], "the log")
    assert [(entry["job_id"], entry["version"]) for entry in told] == [(job, "99")]
    life.end()
