"""Ten days of the real daemon in virtual time, with the index and with other policies in its place, at equal calls.

The daemon's actors run on a PostgreSQL and a Redis of their own, with emulated providers in process. The events of each
artist change as the copies of a world of `bench.freshness_worlds` do, and the quota has calls for a third of the
artists a day. A policy takes the place of the index behind the port by which schedules ask who comes next; all else is
the daemon as it is. A first round, in which the daemon meets everybody, comes before the days. Twice an hour the
database is compared with the world: the share of weighted time in which they differ is printed beside that of the
simulator of `bench.freshness`, in the same world. Returns 1 if the policies are not in the same order.

    python tests/bench/freshness_days.py [--artists 150] [--days 10] [--looks 50] [--seed 1] [--policies index ...]
"""

import argparse
import math
import random
import statistics
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import attrs
import trio
import trio.testing

from bench import freshness
from bench.freshness_frame import DAY_S, RARELY, Facts, host_with, serve
from bench.freshness_policies import Fixed, Index, Policy, documents_plan, tiers
from bench.freshness_worlds import WORLDS, World, make_world
from simulation.on_servers import SimBridge
from simulation.weather import START
from simulation.whole import WORLD_SEED
from simulation.written import WrittenSetlistfm, WrittenSpotify, WrittenTicketmaster, attraction, event
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.postgres import PostgresStore
from thesetd.app.wiring import wire
from thesetd.domain.freshness.copies import LOOKS, OLDEST_DAYS, Aspect, Demand
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.ids import TICKETMASTER
from thesetd.domain.music.names import slugify
from thesetd.domain.music.records import Artist, Rows
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import KnownArtist
from thesetd.domain.work.schedules import DEFAULTS
from thesetd.sandbox import world as sandbox
from thesetd.sandbox.listing import Json

WARM_UP_D = 3
CALLS = 3  # of a look at shows: those with a day, and two kinds without
COMPARED_S = 1_800.0
SCHEDULE = "sync-upcoming-shows"
MOST_FOLLOWERS = 100.0  # the square root of the most followers: who is first is as important as a hundred others
OTHERS: Mapping[str, Callable[[World, float], Fixed]] = {
    "documents' cron plan": documents_plan,
    "tiers by popularity": tiers,
}
INDEX = "index"


def made(name: str, kind: str, size: argparse.Namespace) -> tuple[World, Sequence[Demand]]:
    """Make a world, and what the daemon is told of each of its artists: importance is the same for all who judge."""
    world = make_world(name, kind, size.seed, size.artists, size.days + size.first)
    low, high = min(world.popularity), max(world.popularity)
    demands = [
        Demand(
            popularity=round(100.0 * (view - low) / (high - low)),
            followers=round((MOST_FOLLOWERS * weight / world.importance[0]) ** 2),
        )
        for view, weight in zip(world.popularity, world.importance, strict=True)
    ]
    total = sum(demand.importance for demand in demands)
    return attrs.evolve(world, importance=[demand.importance / total for demand in demands]), demands


class Priced(WrittenTicketmaster):
    """An event of each artist, whose price rises by one whenever the copy of the world changes."""

    def __init__(self, world: World, *bodies: Json) -> None:
        """Take the attractions and events."""
        super().__init__(*bodies)
        self._world = world

    def entity(self, kind: str, tm_id: str, now: datetime) -> Json | None:
        """Return a body as it is now; see `TicketmasterSource`."""
        body = super().entity(kind, tm_id, now)
        if body is None or kind != "event":
            return body
        price = version(self._world, int(tm_id.removeprefix("vv")), (now - START) / timedelta(days=1))
        return {**body, "priceRanges": [{"type": "standard", "currency": "NOK", "min": price + 1.0, "max": 9_999.0}]}


def version(world: World, copy: int, day: float) -> int:
    """Return how often a copy has changed by then."""
    return bisect_right(world.changes[copy], day)


@attrs.frozen(kw_only=True)
class PolicyOrder:
    """The `ScheduleStore`, with a policy in place of the index."""

    store: Any
    database: Any
    policy: Policy
    first: Sequence[float]
    copies: Mapping[UUID, int]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def artists_for(
        self, schedule: str, *, now: datetime, limit: int, until: datetime | None = None, **wanted: Any
    ) -> tuple[KnownArtist, ...]:
        """List those that the policy chooses, the longest due first, of those whose look is not ordered yet."""
        wanted |= {"again": True}
        free = await self.store.artists_for(schedule, now=now, limit=len(self.copies) * 10, until=until, **wanted)
        rows = await self.database.read(
            lambda db: db.fetch("select artist_id, looked_at from thesetd.refresh where aspect = 'shows'")
        )
        looked = {row["artist_id"]: row["looked_at"] for row in rows}
        waiting = await self.database.read(
            lambda db: db.fetchval(
                """select count(*) from thesetd.jobs
                where kind = $1 and state in ('ready', 'running') and not_before < $2""",
                LOOKS[Aspect.SHOWS].value,
                until or now,
            )
        )
        due = {one.id: self._due(self.copies[one.id], looked.get(one.id), now) for one in free}
        chosen = sorted((one for one in free if due[one.id] < OLDEST_DAYS * 10), key=lambda one: due[one.id])
        return tuple(chosen[: max(0, limit - waiting)])

    def _due(self, copy: int, looked: datetime | None, now: datetime) -> float:
        day = timedelta(days=1)
        return (
            self.first[copy] if looked is None else self.policy.due(copy, (looked - START) / day, (now - START) / day)
        )


@attrs.define(kw_only=True)
class Days:
    """One policy in the daemon: the days, and what is seen of them."""

    size: argparse.Namespace
    world: World
    demands: Sequence[Demand]
    policy: Fixed | None
    stale: list[float] = attrs.field(factory=list)
    calls: Sequence[int] = ()

    async def live(self, dsn: str, url: str, mock: trio.testing.MockClock) -> "Days":
        """Let the days pass on these servers."""
        async with open_quick_loop(), trio.open_nursery() as everything, AsyncExitStack() as stack:
            quotas = {TICKETMASTER: CALLS * self.size.looks}
            host: Any = host_with(
                quotas, self._providers(), everything, self.size.seed, RARELY, dsn=dsn, url=url, mock=mock
            )
            bridge = SimBridge(None, mock, host.turn)
            store: Any = await stack.enter_async_context(PostgresStore.open(dsn, bridge))
            copies = await self._known(store, host.clock.now())
            settings, adapters = await host.begin(host.life(), stack)
            settings = attrs.evolve(
                settings,
                schedules={name: attrs.evolve(one, enabled=name == SCHEDULE) for name, one in DEFAULTS.items()},
            )
            if self.policy is not None:
                dice = random.Random(self.size.seed)
                first = [self.policy.due(copy, 0.0, 0.0) * dice.random() for copy in range(self.size.artists)]
                order = PolicyOrder(
                    store=adapters.stores.schedules,
                    database=store.database,
                    policy=self.policy,
                    first=first,
                    copies=copies,
                )
                adapters = attrs.evolve(adapters, stores=attrs.evolve(adapters.stores, schedules=order))
            everything.start_soon(wire(settings, adapters, Facts(host.journal), {}).supervisor.run)
            days = self.size.days + self.size.first
            while trio.current_time() < days * DAY_S:
                await trio.sleep(COMPARED_S)
                await self._compare(store, copies)
            moments = host.traffic.at.get(TICKETMASTER, [])
            self.calls = [sum(day * DAY_S <= at < (day + 1) * DAY_S for at in moments) for day in range(days)]
            everything.cancel_scope.cancel()
        return self

    def _providers(self) -> sandbox.World:
        doors = [attraction(_door(copy), _name(copy), spotify=_spotify(copy)) for copy in range(self.size.artists)]
        events = [
            event(f"vv{copy}", _name(copy), "2026-09-01", f"City {copy}", door) for copy, door in enumerate(doors)
        ]
        sources: dict[Any, Any] = dict(sandbox.synthetic_world(WORLD_SEED, 10).sources)
        sources |= {
            "spotify": WrittenSpotify(()),
            "ticketmaster": Priced(self.world, *doors, *events),
            "setlistfm": WrittenSetlistfm(()),
        }
        return sandbox.World("days", sources)

    async def _known(self, store: Any, now: datetime) -> Mapping[UUID, int]:
        """Store the artists with what users do about them, and return their rows."""
        artists = [
            Artist(
                name=_name(copy),
                slug=slugify(_name(copy), _spotify(copy)),
                fetched_at=now,
                spotify_id=_spotify(copy),
                ticketmaster_id=_door(copy),
                popularity=demand.popularity,
            )
            for copy, demand in enumerate(self.demands)
        ]
        await store.batches.write(Batch(at=now, rows=Rows(artists=tuple(artists))))
        rows = await store.database.read(lambda db: db.fetch("select id, slug, spotify_id from artists"))
        numbers = {_spotify(copy): copy for copy in range(self.size.artists)}
        copies = {row["id"]: numbers[row["spotify_id"]] for row in rows}
        told = [Interest(slug=row["slug"], followers=self.demands[copies[row["id"]]].followers) for row in rows]
        await store.interest.note_interest(told, at=now)
        return copies

    async def _compare(self, store: Any, copies: Mapping[UUID, int]) -> None:
        """Note the weight of what differs now."""
        day = trio.current_time() / DAY_S
        rows = await store.database.read(
            lambda db: db.fetch(
                """select l.artist_id, max(s.price_min) as price from artist_shows l join shows s on s.id = l.show_id
                group by 1"""
            )
        )
        held = {copies[row["artist_id"]]: int(row["price"]) - 1 for row in rows if row["price"] is not None}
        if day > self.size.first + WARM_UP_D:
            self.stale.append(
                sum(
                    weight
                    for copy, weight in enumerate(self.world.importance)
                    if held.get(copy, 0) < version(self.world, copy, day)
                )
            )


def _name(copy: int) -> str:
    return f"Salt Horses {copy}"


def _spotify(copy: int) -> str:
    return f"{copy:05}TheseActsChange00000"[:22].ljust(22, "0")


def _door(copy: int) -> str:
    return f"K8vZ9{copy:05}abc"


def simulated(world: World, name: str, size: argparse.Namespace) -> float:
    """Return the share in the bare simulator."""
    policy: Policy = Index(world, size.looks) if name == INDEX else OTHERS[name](world, size.looks)
    freshness.WARM_UP_DAYS = float(size.first + WARM_UP_D)
    return freshness.Run(world, policy, size.looks, size.days + size.first, random.Random(size.seed)).outcome().stale


def main() -> int:
    """Print a table for each kind of world; return 1 if the policies are in another order than in the simulator."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in (("artists", 150), ("days", 10), ("looks", 50), ("seed", 1)):
        parser.add_argument(f"--{option}", type=int, default=default)
    parser.add_argument("--world", default=freshness.RECORDED, choices=list(WORLDS))
    parser.add_argument("--policies", nargs="+", default=[*OTHERS, INDEX], choices=[*OTHERS, INDEX])
    parser.add_argument("--kinds", nargs="+", default=["poisson"], choices=list(freshness.KINDS))
    size, began, good = parser.parse_args(), time.monotonic(), True
    size.first = math.ceil(size.artists / size.looks)
    looks = f"{size.looks} looks a day of {CALLS} calls"
    span = f"{size.days} days after a first round of {size.first}"
    print(f"{size.artists} artists, {looks}, {span}, {WARM_UP_D} not counted")
    for kind in size.kinds:
        world, demands = made(size.world, kind, size)
        print(f"\nworld {size.world!r}, {kind}\n")
        print(f"{'stale share of weighted time':30} {'daemon':>8} {'simulator':>10}   calls of each day")
        shares: dict[str, tuple[float, float]] = {}
        for name in size.policies:
            policy = OTHERS[name](world, size.looks) if name in OTHERS else None
            days = Days(size=size, world=world, demands=demands, policy=policy)
            trio.run(serve, size.seed, days.live)
            shares[name] = statistics.fmean(days.stale), simulated(world, name, size)
            row = f"{name:30} {shares[name][0]:8.2%} {shares[name][1]:10.2%}"
            print(f"{row}   {', '.join(map(str, days.calls))}", flush=True)
        orders = [sorted(shares, key=lambda name, which=which: shares[name][which]) for which in (0, 1)]
        same = orders[0] == orders[1] and orders[0][0] == INDEX
        good = good and same
        daemon, simulator = (" < ".join(order) for order in orders)
        print(f"\n{'ok    ' if same else 'MISSED'} {daemon} in the daemon, {simulator} in the simulator")
    print(f"\n{time.monotonic() - began:.0f} s")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
