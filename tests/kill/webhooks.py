"""Webhooks, and consumers of the change feed, over SIGKILLs of the daemon and restarts of PostgreSQL.

Run it by `python tests/kill/webhooks.py --kills 50 --restarts 10`.

The receiver fails half of the time, and verifies signatures with the reference library. Three consumers must end with
the same changes: the receiver, one that follows the stream and resumes it, and one that is away until all is over. What
they have is held against the rows: whatever was committed of artists, shows and setlists has been told.
"""

import json
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import click
from ground import Ground, artists, grounds
from lives import Life
from receivers import Follower, Receiver, pages, receiving
from table import report
from victims import FAST, IMMEDIATE, wait_for

READY = 0.75  # of the lives get so far; the others are killed at their start
LIFE_S = (0.1, 1.0)
LONGEST_S = 240.0  # for what is left after the kills
_CURSOR = "select cursor from thesetd.webhooks where name = 'theset'"
_LEFT = """
select count(*) from thesetd.webhook_messages
union all select count(*) from thesetd.changes where seq is null
union all select f.last - w.cursor from thesetd.webhooks w, thesetd.change_feed f
"""
_HELD = """
select '{0}', t.id::text, to_jsonb(t) from {0} t {1}
"""
_TABLES = {"artists": "where not t.is_stub", "shows": "", "actual_setlists": "", "setlists": ""}


@attrs.define
class Outcome:
    """What a campaign came to."""

    kills: int = 0
    restarts: int = 0
    changes: int = 0
    requests: int = 0
    refused: int = 0
    again: int = 0
    resumed: int = 0
    seconds: float = 0.0
    faults: list[str] = attrs.field(factory=list)


@attrs.define
class _Stage:
    """Which daemon lives at the moment."""

    life: Life | None = None


def campaign(ground: Ground, names: Sequence[str], *, kills: int, restarts: int, seed: int) -> Outcome:
    """Import artists while daemons are killed, each in turn with its share of them, and PostgreSQL is restarted."""
    rng, outcome, stage, began = random.Random(seed), Outcome(), _Stage(), time.monotonic()
    with receiving(seed) as receiver:
        first = ground.forker.start(**receiver.environ)
        first.ready()
        since = wait_for(lambda: ground.auditor.look(_CURSOR), "the webhook's first turn")[0][0]
        first.end()
        with Follower(lambda: stage.life) as follower:
            for number in range(kills):
                ground.auditor.enqueue(names[number * len(names) // kills : (number + 1) * len(names) // kills])
                stage.life = ground.forker.start(**receiver.environ)
                if rng.random() < READY:
                    stage.life.ready()
                time.sleep(rng.uniform(*LIFE_S))
                if number * restarts // kills != (number + 1) * restarts // kills:
                    _restart(ground, outcome)
                stage.life.end()
                outcome.kills += 1
            stage.life = ground.forker.start(**receiver.environ)
            stage.life.ready()
            jobs = [job for (job,) in ground.auditor.look("select id from thesetd.jobs where kind = 'import_artist'")]
            outcome.faults += ground.faults(jobs, heard=False)
            _wait(ground, outcome, follower)
            away, _ = pages(stage.life, since)
        stage.life.end()
    outcome.faults += receiver.faults + judged(receiver, follower, away, since) + untold(ground, away)
    outcome.changes, outcome.again, outcome.resumed = len(away), receiver.again, follower.connections
    outcome.requests = receiver.ways.total()
    outcome.refused = outcome.requests - receiver.ways["takes"]
    outcome.seconds = time.monotonic() - began
    return outcome


def _restart(ground: Ground, outcome: Outcome) -> None:
    """Restart PostgreSQL as an administrator does, or as a crash does, in turn."""
    ground.postgres.stop(IMMEDIATE if outcome.restarts % 2 else FAST)
    ground.postgres.start()
    outcome.restarts += 1


def _wait(ground: Ground, outcome: Outcome, follower: Follower) -> None:
    def done() -> bool:
        ((last,),) = ground.auditor.look("select last from thesetd.change_feed")
        return not any(count for (count,) in ground.auditor.look(_LEFT)) and follower.last == last

    try:
        wait_for(done, "everything to be told", LONGEST_S)
    except TimeoutError as error:
        left = [count for (count,) in ground.auditor.look(_LEFT)]
        outcome.faults.append(f"{error}: messages, unnumbered changes and changes not queued: {left}")


def judged(receiver: Receiver, follower: Follower, away: Sequence[Any], since: int) -> list[str]:
    """Say where the consumers differ: what is lost, changed or out of its artist's order."""
    faults = [] if away else ["nothing changed"]
    wanted = list(range(since + 1, since + 1 + len(away)))
    if (numbers := [one["seq"] for one in away]) != wanted:
        faults.append(f"the feed has gaps: {sorted(set(wanted) ^ set(numbers))[:5]}")
    if follower.changes != away:
        faults.append(f"the follower has {len(follower.changes)} changes, the feed {len(away)}")
    told = {message["data"]["seq"]: message["data"] for message in receiver.taken.values()}
    faults += [f"change {one['seq']} was lost or told otherwise" for one in away if told.get(one["seq"]) != one]
    if len(receiver.taken) != len(told):
        faults.append(f"{len(receiver.taken) - len(told)} changes were told under two ids")
    latest: dict[str, int] = {}
    for message in receiver.taken.values():
        change = message["data"]
        whose = change["artist_id"] or change["id"]
        if change["seq"] < latest.get(whose, 0):
            faults.append(f"change {change['seq']} of {whose} came after {latest[whose]}")
        latest[whose] = change["seq"]
    return faults


def untold(ground: Ground, changes: Sequence[Any]) -> list[str]:
    """Name rows that the changes, one upon the other, do not lead to."""
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for change in changes:
        known.setdefault((change["table"], change["id"]), {}).update(change["after"])
    statement = " union all ".join(_HELD.format(table, where) for table, where in _TABLES.items())
    held = ground.auditor.look(statement)
    return [f"{table} {row}: {fault}" for table, row, columns in held for fault in _missed(known, table, row, columns)]


def _missed(known: Mapping[tuple[str, str], Mapping[str, Any]], table: str, row: str, columns: Any) -> list[str]:
    if (table, row) not in known:
        return ["no change told of it"]
    now = json.loads(columns)
    return [
        f"{name} is {now[name]!r}, told was {value!r}"
        for name, value in known[table, row].items()
        if name in now and now[name] != value
    ]


def figures(outcome: Outcome) -> Mapping[str, object]:
    """Return what a line of the table says."""
    return {
        "kills": outcome.kills,
        "PostgreSQL restarts": outcome.restarts,
        "changes": outcome.changes,
        "requests": outcome.requests,
        "not answered with success": outcome.refused,
        "taken again": outcome.again,
        "streams": outcome.resumed,
        "s": f"{outcome.seconds:.0f}",
    }


@click.command()
@click.option("--kills", default=50)
@click.option("--restarts", default=10)
@click.option("--imports", default=30)
@click.option("--seed", default=1)
def main(*, kills: int, restarts: int, imports: int, seed: int) -> None:
    """Kill daemons that have webhooks to send."""
    with grounds("--latency", "0.05") as fresh, fresh() as ground:
        outcome = campaign(ground, artists(imports), kills=kills, restarts=restarts, seed=seed)
    report("webhooks", figures(outcome), outcome.faults)


if __name__ == "__main__":
    main()
