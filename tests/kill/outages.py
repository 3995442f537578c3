"""PostgreSQL restarted and Redis wiped again and again under one daemon, which must neither end nor lose anything.

Run it by `python tests/kill/outages.py --restarts 10 --wipes 5`.

Throughput is measured by jobs that do nothing but pass the whole way, and become due at a steady pace: those that ended
in each second. The pace is one that the daemon is asked to keep for good, so it has to catch up after each outage too.
"""

import statistics
import time
from collections.abc import Sequence

import attrs
import click
from ground import Ground, artists, grounds
from table import report
from victims import FAST, IMMEDIATE, LONGEST_S, wait_for

BACK, SOON_S = 0.95, 5.0  # so much of the usual throughput, so soon
_FILL = """
insert into thesetd.jobs (kind, lane, unique_key, args, state, not_before, created_at)
select 'noop', 0, 'noop:' || n, '{}', 'ready', to_timestamp($1 + n / $2), now()
from generate_series($3::bigint + 1, $4::bigint) n
"""
_RATES = """
select s, count(j.id) / $3::float from generate_series(to_timestamp($1), to_timestamp($2), make_interval(secs => $3)) s
left join thesetd.jobs j on j.kind = 'noop' and j.finished_at >= s and j.finished_at < s + make_interval(secs => $3)
group by 1 order by 1
"""
_WAITING = "select 1 from thesetd.jobs where kind = 'noop' and state <> 'done' limit 1"
_DONE = "select count(*) from thesetd.jobs where kind = 'noop' and state = 'done'"
BUCKET_S = 1.0


@attrs.define
class Outcome:
    """Restarts, jobs per second between them, seconds after each return until the rate was back, what was wrong."""

    restarts: int = 0
    rate: float = 0.0
    back_s: list[float] = attrs.field(factory=list)
    noops: int = 0
    jobs: int = 0
    faults: list[str] = attrs.field(factory=list)


def campaign(
    ground: Ground, names: Sequence[str], *, restarts: int, wipes: int, rate: int, rest_s: float, margin_s: float = 10.0
) -> Outcome:
    """Import artists and let noops pass; every `rest_s` seconds something goes away, and comes back at once.

    Args:
        ground: where.
        names: of the artists.
        restarts: of PostgreSQL, in turn as an administrator does it and as a crash does.
        wipes: of Redis, spread over them.
        rate: noops that become due in a second.
        rest_s: seconds between two restarts.
        margin_s: above what an outage takes; noops become due for so long after the last one.
    """
    outcome, start = Outcome(jobs=len(names)), time.time()

    def fill() -> None:
        count = int(rate * (time.time() - start + rest_s + margin_s))
        ground.auditor.look(_FILL, start, float(rate), outcome.noops, count)
        outcome.noops = count

    fill()
    jobs = ground.auditor.enqueue(names)
    life = ground.forker.start()
    began = life.ready()
    time.sleep(rest_s)
    outages = [(began, began)]
    for number in range(restarts):
        fill()
        gone = time.time()
        ground.postgres.stop(IMMEDIATE if number % 2 else FAST)
        ground.postgres.start()
        outages.append((gone, time.time()))
        outcome.restarts += 1
        time.sleep(rest_s / 2)
        if number * wipes // restarts != (number + 1) * wipes // restarts:
            ground.redis.wipe()
        time.sleep(rest_s / 2)
    last = time.time()
    wait_for(lambda: not ground.auditor.look(_WAITING), "the noops to end", 2 * LONGEST_S)
    outcome.faults += ground.faults(jobs)
    if (done := ground.auditor.look(_DONE)[0][0]) != outcome.noops:
        outcome.faults.append(f"{outcome.noops - done} noops are lost")
    if life.ended():
        outcome.faults.append("the daemon ended")
    outcome.faults += [f"{e['event']}: {e}" for e in life.log() if e["event"] == "ActorCrashed"]
    rates = ground.auditor.look(_RATES, began, last - BUCKET_S, BUCKET_S)
    _measure(outcome, [(at.timestamp(), done) for at, done in rates], [*outages, (last, last)], rate)
    life.end()
    return outcome


def _measure(
    outcome: Outcome, rates: Sequence[tuple[float, float]], outages: Sequence[tuple[float, float]], due: int
) -> None:
    """Compare the seconds after each return with those before the server went, when the last return was long over.

    Args:
        outcome: gets the figures.
        rates: beginning of a bucket, and the jobs per second in it.
        outages: when the server went and when it was back, among two that tell begin and end of all.
        due: in a second; more than that was catching up, and is not asked for again.
    """
    usual = []
    for (_, before), (gone, back), (following, _) in zip(outages, outages[1:], outages[2:], strict=False):
        settled = [rate for at, rate in rates if before + SOON_S <= at <= gone - BUCKET_S]
        if not settled:  # outages follow one another too soon to tell
            continue
        usual.append(min(statistics.median(settled), due))
        good = [at for at, rate in rates if back - BUCKET_S < at < following - BUCKET_S and rate >= BACK * usual[-1]]
        outcome.back_s.append(max(0.0, good[0] + BUCKET_S - back) if good else float("inf"))
    outcome.rate = statistics.median(usual) if usual else 0.0


@click.command()
@click.option("--restarts", default=10)
@click.option("--wipes", default=5)
@click.option("--rate", default=3500)
@click.option("--imports", default=20)
@click.option("--rest", default=8.0)
def main(*, restarts: int, wipes: int, rate: int, imports: int, rest: float) -> None:
    """Take servers away."""
    with grounds("--latency", "0.05") as fresh, fresh() as ground:
        outcome = campaign(ground, artists(imports), restarts=restarts, wipes=wipes, rate=rate, rest_s=rest)
    in_time = sum(back <= SOON_S for back in outcome.back_s)
    figures = {
        "PostgreSQL restarts": restarts,
        "Redis wipes": wipes,
        "imports": outcome.jobs,
        "noops": outcome.noops,
        f"jobs/s ({rate} due)": f"{outcome.rate:.0f}",
        f"of {len(outcome.back_s)} times back to 95 % within 5 s": in_time,
        "s until back": "/".join(f"{back:.1f}" for back in outcome.back_s),
    }
    report("outages", figures, outcome.faults)


if __name__ == "__main__":
    main()
