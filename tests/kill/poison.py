"""A job that kills its process: it is let run alone after three deaths, and not any more after five.

Run it by `python tests/kill/poison.py --innocent 50`.
"""

from collections.abc import Sequence

import attrs
import click
from ground import Ground, artists, grounds
from table import report
from victims import LONGEST_S, wait_for

from thesetd.domain.work.jobs import POISON, REST_S, SUSPECT

AFTER_S = 0.3
LIVES = 4 * POISON
_RESTS = f"""
select extract(epoch from a.at - d.at)::float from audit.moves d join lateral (
    select at from audit.moves m where m.job_id = d.job_id and m.id > d.id and m.after = 'running' order by m.id limit 1
) a on true
where d.job_id = $1 and d.rescues = d.old_rescues + 1 and d.rescues between {SUSPECT} and {POISON - 1} order by d.id
"""
_BESIDE = f"""
select m.id, (
    select count(*) from (
        select distinct on (o.job_id) o.after from audit.moves o
        where o.job_id <> m.job_id and o.id < m.id order by o.job_id, o.id desc
    ) last where after = 'running'
) from audit.moves m
where m.job_id = $1 and (m.before, m.after) = ('ready', 'running') and m.rescues between {SUSPECT} and {POISON - 1}
"""


@attrs.define
class Outcome:
    """How many lives it took, how often the job ran alone, and what was wrong."""

    lives: int = 0
    alone: int = 0
    faults: list[str] = attrs.field(factory=list)


def campaign(ground: Ground, names: Sequence[str], *, rest_s: float = REST_S) -> Outcome:
    """Import artists, of which the first is the poison, by as many lives as it takes; suspects rest for so long."""
    outcome = Outcome()
    poisonous, *innocent = ground.auditor.enqueue(names)
    plants = {"poison": {"reference": names[0], "after_s": AFTER_S}, "short_rests": {"rest_s": rest_s}}
    while outcome.lives < LIVES:
        outcome.lives += 1
        life = ground.forker.start(plants=plants)
        wait_for(lambda one=life: one.ended() or not ground.unfinished(), "a death or the end", 2 * LONGEST_S)
        if not life.ended():
            break
        life.end()
    life.end()
    outcome.faults += [*ground.auditor.lost(innocent), *ground.auditor.moves(), *ground.auditor.events()]
    end = ground.auditor.look("select state, rescues from thesetd.jobs where id = $1", poisonous)
    deaths = ground.auditor.look(
        "select count(*) from audit.moves where job_id = $1 and rescues = old_rescues + 1", poisonous
    )
    if (end[0][0], deaths) != ("dead", [(POISON,)]):
        outcome.faults.append(f"the poison is {end[0][0]} after {deaths[0][0]} deaths")
    beside = ground.auditor.look(_BESIDE, poisonous)
    outcome.alone = len(beside)
    outcome.faults += [f"the suspect ran beside {others} others" for _, others in beside if others]
    for number, (rested_s,) in enumerate(ground.auditor.look(_RESTS, poisonous), 1):
        if rested_s < number * rest_s:
            outcome.faults.append(f"the suspect rested for {rested_s:g} s before its run {number} alone")
    if outcome.alone != POISON - SUSPECT:
        outcome.faults.append(f"the suspect was claimed {outcome.alone} times")
    return outcome


@click.command()
@click.option("--innocent", default=50)
def main(*, innocent: int) -> None:
    """Run a job that kills."""
    with grounds("--latency", "0.02") as fresh, fresh() as ground:
        outcome = campaign(ground, artists(innocent + 1))
    figures = {"innocent imports": innocent, "lives": outcome.lives, "times alone": outcome.alone}
    report("poison", figures, outcome.faults)


if __name__ == "__main__":
    main()
