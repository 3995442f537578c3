"""Figures that do not flatter: after a storm, each counter says what the providers' own log and the database say."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import attrs
import pytest
from prometheus_client.parser import text_string_to_metric_families

from querying import query
from real import until
from thesetd.adapters.metrics import rows
from thesetd.adapters.metrics.rows import ROWS_BY_NAME, MetricRow

pytestmark = pytest.mark.real

OUTCOME = {200: "ok", 401: "Unauthorized", 404: "NotFound", 429: "RateLimited", 502: "Unavailable", 503: "Unavailable"}
AT_ONCE = 3  # calls of a job that may be deferred together
FAILED = {401, 429, 502, 503}
SCHEDULE = "sync-active-artists"
QUIET = "nothing of the kind happens here, so it has to be zero"


@attrs.frozen(kw_only=True)
class Storm:
    """What was scraped, and what others say of the same time: the sandbox's log, and the database."""

    scraped: Mapping[str, Mapping[tuple[str, ...], float]]
    log: list[dict[str, Any]]
    dsn: str
    asked: int
    fired: int

    def summed(self, row: MetricRow, *labels: str) -> Counter[tuple[str, ...]]:
        """Add up a metric by some of its labels, as many as are not zero; a histogram counts its observations."""
        places = [row.labels.index(label) for label in labels]
        name = f"{row.full_name}_count" if row.type == "histogram" else row.full_name
        found: Counter[tuple[str, ...]] = Counter()
        for values, value in self.scraped.get(name, {}).items():
            found[tuple(values[place] for place in places)] += int(value)
        return +found

    def number(self, statement: str) -> int:
        """Ask the database for a number."""
        return int(query(self.dsn, statement)[0][0] or 0)

    def arrivals(self) -> Counter[tuple[str, ...]]:
        """Count the calls of each provider by what they were answered."""
        return Counter((one["provider"], OUTCOME[one["status"]]) for one in self.log)


def _calls(storm: Storm) -> None:
    assert storm.summed(rows.CALLS, "provider", "outcome") == storm.arrivals()


def _per_provider(row: MetricRow) -> Callable[[Storm], None]:
    def compare(storm: Storm) -> None:
        assert storm.summed(row, "provider") == Counter((one["provider"],) for one in storm.log)

    return compare


def _penalties(storm: Storm) -> None:
    """An order to stay away that comes while another holds is none of its own."""
    told = {one["provider"] for one in storm.log if one["status"] == 429}
    counted = storm.summed(rows.PENALTIES, "provider")
    refused = storm.arrivals()
    assert {provider for (provider,) in counted} == told
    assert all(counted[(provider,)] <= refused[provider, "RateLimited"] for provider in told)


def _holds(storm: Storm) -> None:
    """One refusal holds a provider, which receives no other call then."""
    assert storm.summed(rows.HOLDS, "provider") == Counter((p,) for p, why in storm.arrivals() if why == "Unauthorized")


def _cached(storm: Storm) -> None:
    """What was not answered by the cache was asked; what was asked and not looked up is a call made again.

    The calls of a job that is deferred were looked up and not sent: as many as it makes at the same time, which are the
    three lists of an artist's shows. They are looked up again, once for each such run.
    """
    looked = storm.summed(rows.CACHED, "provider", "outcome")
    deferred = storm.summed(rows.JOBS_ENDED, "state")["ready",]
    for provider in {one["provider"] for one in storm.log}:
        asked = [(one["path"], tuple(map(tuple, one["params"]))) for one in storm.log if one["provider"] == provider]
        failed = sum(one["status"] in FAILED for one in storm.log if one["provider"] == provider)
        missed = looked[provider, "miss"] + looked[provider, "stale"]
        assert len(asked) - failed <= missed <= len(asked) + AT_ONCE * deferred, provider
        assert looked[provider, "hit"] == 0 or len(set(asked)) > 0


def _jobs(storm: Storm) -> None:
    ended = query(storm.dsn, "select kind, state, count(*) from thesetd.jobs where state <> 'ready' group by 1, 2")
    final = {(kind, state): count for kind, state, count in ended}
    counted = storm.summed(rows.JOBS_ENDED, "kind", "state")
    assert {key: count for key, count in counted.items() if key[1] != "ready"} == final
    attempts = storm.number("select count(*) from thesetd.jobs where started_at is not null")
    assert counted.total() >= attempts


def _runs(storm: Storm) -> None:
    assert storm.summed(rows.JOB_SECONDS).total() == storm.summed(rows.JOBS_ENDED).total()


def _accepted(storm: Storm) -> None:
    assert storm.summed(rows.ACCEPTED).total() == storm.asked


def _reached(storm: Storm) -> None:
    done = storm.number("select count(*) from thesetd.jobs where kind = 'import_artist' and state = 'done'")
    assert storm.summed(rows.REACHED, "stage")[("completed",)] == done


def _rows(storm: Storm) -> None:
    """Each row was inserted once; some were changed after that."""
    changed = storm.summed(rows.ROWS, "table")
    for table in ("artists", "albums", "tracks", "venues", "shows", "setlists", "actual_setlists"):
        assert changed[(table,)] >= storm.number(f"select count(*) from {table}"), table


def _rejects(storm: Storm) -> None:
    assert storm.summed(rows.REJECTS).total() == storm.number("select sum(times) from thesetd.rejects")


def _published(storm: Storm) -> None:
    assert storm.summed(rows.PUBLISHED).total() == storm.number("select count(*) from thesetd.events")


def _batches(storm: Storm) -> None:
    """Batches share commits: there are no more of these, and neither is without the other."""
    written = storm.summed(rows.BATCHES).total()
    assert 0 < storm.summed(rows.COMMITS).total() <= written
    assert written >= storm.number("select count(*) from thesetd.events")


def _fired(storm: Storm) -> None:
    """Every schedule that the database says has fired, which some do at a full hour, and no other."""
    others = query(
        storm.dsn, f"select name from thesetd.schedules where last_fired is not null and name <> '{SCHEDULE}'"
    )
    expected = Counter({(SCHEDULE,): storm.fired}) + Counter((name,) for (name,) in others)
    assert storm.summed(rows.FIRED, "schedule") == expected


def _zero(row: MetricRow) -> Callable[[Storm], None]:
    def compare(storm: Storm) -> None:
        assert storm.summed(row).total() == 0, QUIET

    return compare


COMPARED: dict[MetricRow, Callable[[Storm], None]] = {
    rows.CALLS: _calls,
    rows.LATENCY: _per_provider(rows.LATENCY),
    rows.PENALTIES: _penalties,
    rows.HOLDS: _holds,
    rows.CACHED: _cached,
    rows.JOBS_ENDED: _jobs,
    rows.JOB_SECONDS: _runs,
    rows.ACCEPTED: _accepted,
    rows.REACHED: _reached,
    rows.ROWS: _rows,
    rows.REJECTS: _rejects,
    rows.PUBLISHED: _published,
    rows.BATCHES: _batches,
    rows.COMMITS: _batches,
    rows.FIRED: _fired,
    **{
        row: _zero(row)
        for row in (
            rows.STORE_WAITS, rows.UNRECORDED, rows.BUS_WAITS, rows.DROPPED, rows.REFUSED, rows.RECOVERED,
            rows.SUSPECTED, rows.CRASHES, rows.FREEZES, rows.SERVER_RESTARTS, rows.LOSSES, rows.PAUSES,
            rows.SERVER_WAITS, rows.RELOADS, rows.WEBHOOK_MESSAGES, rows.LOG_LOST,
        )
    },
}  # fmt: skip
EXEMPT: dict[MetricRow, str] = {
    rows.WAITED: "the provider does not see how long a call waited, nor calls that gave up waiting",
    rows.DEGRADED: "counts decisions of jobs; the log shows the failures alone",
    rows.STALE: "how often a stale answer stood in is the cache's to know; its own tests count it",
    rows.MOVES: "breakers of every dependency; their own tests count the moves",
    rows.LAG: "a measurement of the process itself",
    rows.SCORED: "no show is over in this time; tests of predictions count them",
    rows.PLAYED: "as above",
    rows.EXPECTED: "as above",
}


def test_every_counter_is_compared_or_says_why_not() -> None:
    """A counter or histogram that is added is compared with what others saw of it, or its exemption has a reason."""
    counting = {name for name, row in ROWS_BY_NAME.items() if row.type in {"counter", "histogram"}}
    assert {row.full_name for row in COMPARED.keys() | EXEMPT.keys()} == counting
    assert not COMPARED.keys() & EXEMPT.keys()
    assert all(EXEMPT.values())


def scrape(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Return the samples by name, each by the values of its labels in the order of its row."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            row = ROWS_BY_NAME.get(family.name) or ROWS_BY_NAME.get(sample.name)
            if row is not None and not sample.name.endswith(("_bucket", "_created")):
                found.setdefault(sample.name, {})[tuple(sample.labels[label] for label in row.labels)] = sample.value
    return found


def test_counters_say_what_others_saw(
    start_daemon: Any, synthetic_sandbox: Any, unique_artists: list[str], database_dsn: str
) -> None:
    """Imports among faults and penalties, one of nobody, and a schedule: every counter against log and database."""
    before, daemon = synthetic_sandbox.mark(), start_daemon(synthetic_sandbox)
    faults = (
        {"provider": "setlistfm", "shape": "502", "count": 2},
        {"provider": "ticketmaster", "status": 503, "count": 1},
        {"provider": "spotify", "shape": "429", "count": 1, "retry_after": "1", "endpoint": "albums"},
    )
    for fault in faults:
        synthetic_sandbox.ask("faults", fault, "POST")
    names = unique_artists[:2]
    for name in (*names, names[0]):
        assert daemon.ctl("import", name, "--follow").returncode == 0
    synthetic_sandbox.ask("faults", {"provider": "ticketmaster", "status": 401, "count": 1}, "POST")
    assert daemon.ctl("import", unique_artists[2], "--follow").returncode == 0
    assert daemon.ctl("import", "Nobody Has This Name 7", "--follow").returncode != 0
    assert daemon.ctl("schedules", "run", SCHEDULE).returncode == 0
    synthetic_sandbox.ask("faults", method="DELETE")
    due = "select 1 from thesetd.jobs where state in ('ready', 'running') and not_before < now()"
    until(lambda: not query(database_dsn, due))
    log = [
        one
        for provider in ("spotify", "ticketmaster", "setlistfm", "musicbrainz")
        for one in synthetic_sandbox.calls(provider, before)
        if one["endpoint"] != "token"
    ]
    assert {one["status"] for one in log} >= FAILED  # there was a storm
    wrong: dict[str, list[str]] = {}

    def honest() -> bool:
        """The last facts are on their way to the counters for a moment."""
        storm = Storm(scraped=scrape(daemon.get("/metrics")[1]), log=log, dsn=database_dsn, asked=5, fired=1)
        wrong.clear()
        wrong.update(differing(storm))
        return not wrong

    with suppress(AssertionError):
        until(honest)
    assert wrong == {}, json.dumps(wrong, indent=1)


def differing(storm: Storm) -> dict[str, list[str]]:
    """Say of each counter that differs what it should be."""
    wrong = {}
    for row, compare in COMPARED.items():
        try:
            compare(storm)
        except AssertionError as error:
            wrong[row.full_name] = str(error).split("\n")[:12]
    return wrong
