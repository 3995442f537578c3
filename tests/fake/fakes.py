"""In-memory implementations of the ports. `tests/contracts` holds them to what the real ones do."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import attrs
import trio

from fake_changes import FakeChanges
from fake_freshness import FakeFreshness
from fake_identity import uuid_of
from fake_pauses import FakePauses, Hearer, place
from fake_survey import FakeSurvey
from fake_webhooks import FakeWebhooks
from fake_world import StoredBefore, StoredJob, World, Writing
from thesetd.domain.errors import BusUnavailable, NameTaken, StoreError, StoreUnavailable
from thesetd.domain.freshness.copies import LOOKS, Aspect, aspect_of
from thesetd.domain.freshness.runs import Audience
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.penalties import Penalty, merged
from thesetd.domain.gate.reserve import WindowHistory
from thesetd.domain.identity.reporting import Identified
from thesetd.domain.identity.spaces import ref_meant
from thesetd.domain.identity.verdicts import ReviewQuestion
from thesetd.domain.ids import Epoch, Fence, JobId, ProviderName, Seq
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import ActualSetlist, Album, Artist, ReadList, Show, Track
from thesetd.domain.music.reference import ArtistRef, ReferenceKind
from thesetd.domain.music.repertoire import RepertoireSong, in_order
from thesetd.domain.prediction.foreseen import Foreseen
from thesetd.domain.shows.local_days import Days, is_coming, zone_named
from thesetd.domain.shows.sweep import UNLISTED_AGE, SweepWindow
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.deferrals import EVERYTHING, Deferral
from thesetd.domain.work.jobs import (
    POISON,
    REQUEST_ID,
    REST_S,
    SUSPECT,
    Job,
    JobKind,
    JobState,
    KnownArtist,
    Lane,
    Owner,
    percent_unwatched,
)
from thesetd.domain.work.progress import CommittedEvent, expected_fields
from thesetd.domain.work.schedules import DEFAULTS, PlanOverride
from thesetd.ports.bus import Position
from thesetd.ports.freshness import FreshnessStore, InterestStore, PlanningStore, TimedStore
from thesetd.ports.gate import CallRecord, Learned, Ledger
from thesetd.ports.songs import ReviewStore, SongStore
from thesetd.ports.store import (
    BatchStore,
    ChangeStore,
    Claimed,
    ForecastStore,
    Heartbeat,
    Hint,
    HintKind,
    IdentityStore,
    JobStore,
    LastEdit,
    OutboxStore,
    PageStore,
    PauseStore,
    PlanStore,
    Repertoire,
    RepertoireStore,
    ScheduleRow,
    ScheduleStore,
    SnapshotStore,
    StatusStore,
    StoredCatalogue,
    Stores,
    WebhookLedger,
    WebhookQueue,
)
from thesetd.ports.surface.jobs import ImportStatus
from thesetd.ports.venues import VenueStore

FOREVER = datetime.max.replace(tzinfo=UTC)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """Wall-clock time that follows trio's clock, so that a virtual clock moves both."""

    def __init__(self, start: datetime = EPOCH) -> None:
        """Start at `start`, at the first look."""
        self._start = start
        self._origin: float | None = None

    def now(self) -> datetime:
        """Return the present moment; see `thesetd.ports.clock.Clock`."""
        if self._origin is None:
            self._origin = trio.current_time()
        return self._start + timedelta(seconds=trio.current_time() - self._origin)

    def set_forward(self, by: timedelta) -> None:
        """Be so much later."""
        self._start += by


class FakePublisher:
    """A bus that keeps what it is told; `down` makes it fail."""

    def __init__(self) -> None:
        """Start with nothing told."""
        self.published: list[CommittedEvent] = []
        self.told: Seq | None = None
        self.last = ""
        self.down = False

    async def position(self) -> Position | None:
        """Return the last event; see `thesetd.ports.bus.Publisher`."""
        await self.ping()
        return None if self.told is None else Position(self.told, self.last)

    async def publish(self, events: Sequence[CommittedEvent], *, after: Seq | None) -> Seq | None:
        """Keep events that are new; see `thesetd.ports.bus.Publisher`."""
        await self.ping()
        if after is not None and (self.told is None or self.told < after):
            return self.told
        floor = self.told if after is not None and self.told is not None else 0
        new = [event for event in events if event.seq > floor]
        self.published += new
        self.last = new[-1].identity if new else self.last
        self.told = max(events[-1].seq, Seq(floor))
        return self.told

    async def ping(self) -> None:
        """Answer unless down."""
        await trio.lowlevel.checkpoint()
        if self.down:
            raise BusUnavailable("the bus is down")


class FakeLedger:
    """A ledger that keeps every call by its key; `down` makes it fail, `writes` counts what was asked of it."""

    def __init__(self) -> None:
        """Start empty."""
        self.calls: dict[str, CallRecord] = {}
        self.writes = 0
        self.down = False

    async def intend(self, record: CallRecord) -> None:
        """Keep an intent; see `thesetd.ports.gate.Ledger`."""
        await self._answer()
        self.writes += 1
        self.calls.setdefault(record.key, record)

    async def record(self, records: Sequence[CallRecord]) -> None:
        """Keep what ended; see `thesetd.ports.gate.Ledger`."""
        await self._answer()
        self.writes += 1
        for record in records:
            if record.outcome is not None or record.key not in self.calls:
                self.calls[record.key] = record

    async def spent(self, provider: ProviderName, since: datetime) -> tuple[tuple[datetime, int], ...]:
        """Return what was spent; see `thesetd.ports.gate.Ledger`."""
        await self._answer()
        calls = (c for c in self.calls.values() if c.provider == provider and c.at >= since and c.cost)
        return tuple(sorted((call.at, call.cost) for call in calls))

    async def window(self, provider: ProviderName, since: datetime, piece_s: float) -> WindowHistory:
        """Return a window in pieces; see `thesetd.ports.gate.Ledger`."""
        await self._answer()
        calls = [c for c in self.calls.values() if c.provider == provider and c.at >= since and c.cost]
        pieces, people = Counter[int](), Counter[object]()
        for call in calls:
            pieces[int((call.at - since).total_seconds() // piece_s)] += call.cost
            if call.lane == Lane.INTERACTIVE.label:
                people[call.job_id or call.request_id or call.key] += call.cost
        return WindowHistory(
            piece_s=piece_s,
            pieces=tuple((since + timedelta(seconds=n * piece_s), cost) for n, cost in sorted(pieces.items())),
            people=people.total(),
            squares=sum(cost * cost for cost in people.values()),
        )

    async def summary(self, *, by: str, since: datetime) -> tuple[dict[str, object], ...]:
        """Count calls; see `thesetd.ports.gate.Ledger`."""
        if by not in {"provider", "endpoint", "lane", "purpose", "outcome", "job"}:
            raise ValueError(f"calls cannot be counted by {by!r}")
        await self._answer()
        groups: dict[Any, list[CallRecord]] = {}
        for call in self.calls.values():
            if call.at >= since:
                value = getattr(call, "job_id" if by == "job" else by)
                groups.setdefault("intended" if by == "outcome" and value is None else value, []).append(call)
        order = sorted(groups, key=lambda value: (-len(groups[value]), value is None, value))
        return tuple({by: value, **_counted(groups[value])} for value in order)

    async def _answer(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.down:
            raise StoreUnavailable("the database is down")


class FakePenaltyBox:
    """A penalty box in memory; `down` makes it fail, `asked` counts its reads."""

    def __init__(self) -> None:
        """Start with no order known."""
        self.orders: dict[tuple[ProviderName, Fingerprint], Penalty] = {}
        self.probes: dict[tuple[ProviderName, Fingerprint], datetime] = {}
        self.asked = 0
        self.down = False

    async def current(self, provider: ProviderName, credential: Fingerprint) -> Penalty | None:
        """Return the last order; see `thesetd.ports.gate.PenaltyBox`."""
        self.asked += 1
        await self._answer()
        return self.orders.get((provider, credential))

    async def block(self, provider: ProviderName, credential: Fingerprint, penalty: Penalty) -> Penalty:
        """Remember an order; see `thesetd.ports.gate.PenaltyBox`."""
        await self._answer()
        key = (provider, credential)
        self.orders[key] = merged(self.orders.get(key), penalty)
        self.probes.pop(key, None)
        return self.orders[key]

    async def clear(self, provider: ProviderName, credential: Fingerprint) -> None:
        """Forget the strikes; see `thesetd.ports.gate.PenaltyBox`."""
        await self._answer()
        if (order := self.orders.get((provider, credential))) is not None:
            self.orders[provider, credential] = attrs.evolve(order, strikes=0)

    async def probe(self, provider: ProviderName, credential: Fingerprint, *, now: datetime) -> float:
        """Let one test at a time, for half a minute; see `thesetd.ports.gate.PenaltyBox`."""
        key = (provider, credential)
        if self.down or key not in self.orders:
            return 0.0
        if key in self.probes and self.probes[key] > now:
            return (self.probes[key] - now).total_seconds()
        self.probes[key] = now + timedelta(seconds=30)
        return 0.0

    async def _answer(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.down:
            raise StoreUnavailable("the database is down")


class FakeCapabilityMemory:
    """A memory of capabilities that keeps what it is told; `down` makes it fail."""

    def __init__(self) -> None:
        """Start with nothing learned."""
        self.learned: dict[tuple[ProviderName, Fingerprint], Learned] = {}
        self.down = False

    async def load(self, provider: ProviderName, credential: Fingerprint) -> Learned | None:
        """Return what was learned; see `thesetd.ports.gate.CapabilityMemory`."""
        await self._answer()
        return self.learned.get((provider, credential))

    async def save(self, provider: ProviderName, credential: Fingerprint, learned: Learned) -> None:
        """Remember what was learned; see `thesetd.ports.gate.CapabilityMemory`."""
        await self._answer()
        self.learned[provider, credential] = learned

    async def _answer(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.down:
            raise StoreUnavailable("the database is down")


class Port:
    """One port of a `FakeStore`: the methods that a Protocol names, and no others."""

    def __init__(self, store: "FakeStore", protocol: type) -> None:
        """Take the store and what of it may be used."""
        self._store = store
        self._protocol = protocol

    def __getattr__(self, name: str) -> Any:
        """Return the store's method."""
        if name.startswith("_") or name not in vars(self._protocol):
            raise AttributeError(f"{self._protocol.__name__} has no {name}")
        return getattr(self._store, name)


class FakeStore(FakeChanges, FakeWebhooks, FakePauses, FakeFreshness, FakeLedger):
    """All store ports and the ledger in memory. `down` makes every call fail; `written` are the batches, in order."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.world = World()
        self.written: list[Batch] = []
        self.named: dict[str, int] = {}
        self.listening: set[FakeNodes] = set()
        self.penalties = FakePenaltyBox()
        self.capabilities = FakeCapabilityMemory()
        self.surveys: Any = FakeSurvey(lambda: self.world, self.webhooks)
        self.batches: Any = Port(self, BatchStore)
        self.changes: Any = Port(self, ChangeStore)
        self.webhook_queue: Any = Port(self, WebhookQueue)
        self.webhook_ledger: Any = Port(self, WebhookLedger)
        self.jobs: Any = Port(self, JobStore)
        self.outbox: Any = Port(self, OutboxStore)
        self.pauses: Any = Port(self, PauseStore)
        self.schedules: Any = Port(self, ScheduleStore)
        self.schedule_plans: Any = Port(self, PlanStore)
        self.snapshots: Any = Port(self, SnapshotStore)
        self.statuses: Any = Port(self, StatusStore)
        self.repertoires: Any = Port(self, RepertoireStore)
        self.forecasts: Any = Port(self, ForecastStore)
        self.pages: Any = Port(self, PageStore)
        self.identities: Any = Port(self, IdentityStore)
        self.songs: Any = Port(self, SongStore)
        self.venues: Any = Port(self, VenueStore)
        self.reviews: Any = Port(self, ReviewStore)
        self.freshness: Any = Port(self, FreshnessStore)
        self.interest: Any = Port(self, InterestStore)
        self.plans: Any = Port(self, PlanningStore)
        self.timings: Any = Port(self, TimedStore)
        self.ledger: Any = Port(self, Ledger)

    def stores(self, nodes: Any) -> Stores:
        """Return the record of its ports, for one node."""
        return Stores(
            nodes=nodes, **{name: getattr(self, name) for name in attrs.fields_dict(Stores) if name != "nodes"}
        )

    def another_node(self) -> "FakeNodes":
        """Return a node of its own on this store."""
        return FakeNodes(self)

    def hearers(self) -> list[Hearer]:
        """Return the nodes that live."""
        return list(self.listening)

    async def ping(self) -> None:
        """Answer unless down."""
        await trio.lowlevel.checkpoint()
        if self.down:
            raise StoreUnavailable("the database is down")

    async def write(self, batch: Batch) -> Written:
        """Store a batch; see `thesetd.ports.store.BatchStore`."""
        await self.ping()
        return self._write(batch)

    def _write(self, batch: Batch) -> Written:
        writing = Writing(self.world.copy(), batch.at)
        try:
            written = writing.write(batch)
        except StoredBefore:
            return Written()
        before, self.world = self.world, writing.world
        self.written.append(batch)
        noted = self.note(before, batch, writing.changed)
        for node in self.listening:
            if noted:
                node.hear(Hint(HintKind.CHANGES))
            if written.enqueued or (batch.job and batch.job.gives_back(batch.at)):
                node.hear(Hint(HintKind.JOBS))
            if written.ordered:
                node.hear(Hint(HintKind.ORDERS))
            if written.events:
                node.hear(Hint(HintKind.EVENTS, written.events[-1].seq))
        return written

    async def write_all(self, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        """Store several batches; see `thesetd.ports.store.BatchStore`."""
        await self.ping()
        found: list[Written | StoreError] = []
        for batch in batches:
            try:
                found.append(self._write(batch))
            except StoreError as error:
                found.append(error)
        return tuple(found)

    async def claim(
        self,
        *,
        owner: Owner,
        limit: int,
        background: int,
        now: datetime,
        running: Collection[JobId] | None = None,
        suspects: bool = False,
    ) -> Claimed:
        """Take due jobs; see `thesetd.ports.store.JobStore`."""
        await self.ping()
        mine = [job for job in self.world.jobs.values() if job.owner == owner and running is not None]
        lost = [job for job in mine if job.id not in (running or ())][:limit]
        limit -= len(lost)
        ready = [
            job
            for job in self.world.jobs.values()
            if job.state is JobState.READY and (job.rescues >= SUSPECT) == suspects and self.resumed(job)
        ]
        due = sorted((job for job in ready if job.not_before <= now), key=place)
        urgent = [job for job in due if job.lane is Lane.INTERACTIVE][:limit]
        others = [job for job in due if job.lane is not Lane.INTERACTIVE][: min(background, limit - len(urgent))]
        for job in (*lost, *urgent, *others):
            job.state, job.owner, job.fence = JobState.RUNNING, owner, Fence(job.fence + 1)
            job.waits_for = None
            job.started_at, job.revision = job.started_at or now, 0
        room = Lane.LOW if len(others) < background else Lane.INTERACTIVE
        return Claimed(
            jobs=tuple(self._job(job) for job in (*lost, *urgent, *others)),
            next_due=min(
                (job.not_before for job in ready if job.state is JobState.READY and job.lane <= room), default=None
            ),
        )

    async def recover(
        self, *, owner: Owner, presumed_dead: Collection[str] = (), idle: bool = False, now: datetime
    ) -> int:
        """Give back the jobs of the dead; see `thesetd.ports.store.JobStore`."""
        await self.ping()
        dead = {owner.node, *presumed_dead}
        left = [
            job
            for job in self.world.jobs.values()
            if job.owner
            and (idle or job.owner != owner)
            and (job.owner.node in dead or job.owner.node not in self.named)
        ]
        for job in left:
            job.state, job.owner, job.rescues = JobState.READY, None, job.rescues + 1
            rest = timedelta(seconds=REST_S * (job.rescues - SUSPECT + 1))
            job.not_before = now + rest if SUSPECT <= job.rescues < POISON else min(job.not_before, now)
        for node in self.listening if left else ():
            node.hear(Hint(HintKind.JOBS))
        return len(left)

    async def hasten(self, waits_for: Deferral, *, now: datetime) -> int:
        """Make due what was put off for this; see `thesetd.ports.store.JobStore`."""
        await self.ping()
        put_off = [job for job in self.world.jobs.values() if job.waits_for == waits_for and job.not_before > now]
        due = [job for job in put_off if job.state is JobState.READY]
        for job in due:
            job.not_before = now
        for node in self.listening if due else ():
            node.hear(Hint(HintKind.JOBS))
        return len(due)

    async def held(self, owner: Owner) -> frozenset[JobId]:
        """Return the jobs that run under this owner; see `thesetd.ports.store.JobStore`."""
        await self.ping()
        return frozenset(job.id for job in self.world.jobs.values() if job.owner == owner)

    async def published_seq(self) -> Seq:
        """Return the number up to which all was told; see `thesetd.ports.store.OutboxStore`."""
        await self.ping()
        return self.world.told

    async def mark_published(self, seq: Seq) -> None:
        """Move that number on; see `thesetd.ports.store.OutboxStore`."""
        await self.ping()
        self.world.told = max(self.world.told, min(seq, self.world.last))

    async def last_seq(self) -> Seq:
        """Return the number of the last event; see `thesetd.ports.store.OutboxStore`."""
        await self.ping()
        return self.world.last

    async def status(self, job_id: JobId) -> ImportStatus | None:
        """Return one job; see `thesetd.ports.store.StatusStore`."""
        await self.ping()
        job = self.world.jobs.get(job_id)
        return None if job is None else self._status(job)

    async def listed(
        self,
        *,
        states: Sequence[JobState] = (),
        kinds: Sequence[JobKind] = (),
        artist: str | None = None,
        since: datetime | None = None,
        request: str | None = None,
        before: JobId | None = None,
        limit: int = 50,
    ) -> tuple[ImportStatus, ...]:
        """List jobs; see `thesetd.ports.store.StatusStore`."""
        await self.ping()
        wanted = [
            job
            for job in self.world.jobs.values()
            if job.state in (states or JobState) and job.new.kind in (kinds or JobKind)
            if before is None or job.id < before
            if since is None or job.created_at >= since
            if request is None or job.new.args.get(REQUEST_ID) == request
            if artist is None or self._is_of(self._status(job), artist)
        ]
        return tuple(self._status(job) for job in sorted(wanted, key=lambda job: -job.id)[:limit])

    @staticmethod
    def _is_of(job: ImportStatus, artist: str) -> bool:
        return artist in {job.slug, str(job.artist_id), job.typed} or fold(job.name or "") == fold(artist)

    async def events(self, *, after: Seq, job_id: JobId | None, limit: int) -> tuple[CommittedEvent, ...]:
        """Return committed events; see `thesetd.ports.store.StatusStore`."""
        await self.ping()
        later = (e for e in self.world.events if e.seq > after and (job_id is None or e.job_id == job_id))
        return tuple(list(later)[:limit])

    async def find_artist(self, ref: ArtistRef) -> tuple[KnownArtist, ...]:
        """Find stored artists; see `thesetd.ports.store.StatusStore`."""
        await self.ping()
        found = [
            (-(kept.record.popularity or -1), -(kept.record.followers or -1), row)
            for row, kept in self.world.artists.items()
            if self._named(row, kept.record, ref)
        ]
        known = (self.world.known(row) for *_, row in sorted(found))
        return tuple(artist for artist in known if artist is not None)

    async def headliner(self, show_id: UUID) -> None:
        """Know no show by its row; see `thesetd.ports.store.StatusStore`."""
        await self.ping()

    def _named(self, row: UUID, artist: Artist, ref: ArtistRef) -> bool:
        slug = self.world.artists[row].slug
        if ref.kind is ReferenceKind.SLUG:
            return slug == ref.value
        if ref.kind is ReferenceKind.NAME:
            named = any(fold(kept.record.name) == fold(ref.value) for kept in self.world.artists.values())
            return bool(artist.ids) and (fold(artist.name) == fold(ref.value) or (slug == ref.value and not named))
        if ref.kind is ReferenceKind.MBID and ref.value == str(row):
            return True
        meant = ref_meant(ref)
        owner = None if meant is None else self.world.artist(meant.space, meant.id)
        return owner == row if owner else slug == ref.value

    async def identified(self, artist_id: UUID) -> Identified:
        """Return what is known of who an artist is; see `thesetd.ports.store.IdentityStore`."""
        await self.ping()
        kept, identity = self.world.artists[artist_id], self.world.identity
        ids = tuple(ref for ref, owner in identity.book.owners.items() if uuid_of(owner) == artist_id)
        return Identified(
            id=artist_id,
            slug=kept.slug,
            name=kept.record.name,
            verified=False,
            is_stub=kept.is_stub,
            ids=ids,
            aliases=tuple(ref for ref in ids if ref in identity.book.aliases),
            reviews=tuple(one for one in identity.book.reviews.values() if one.about in ids),
            words=tuple(word for word in identity.log if not (word.ids | word.others).isdisjoint(ids)),
        )

    async def identity_reviews(self, *, limit: int) -> tuple[ReviewQuestion, ...]:
        """Return what is left to review; see `thesetd.ports.store.IdentityStore`."""
        await self.ping()
        return tuple(self.world.identity.book.reviews.values())[:limit]

    async def rows(self) -> tuple[ScheduleRow, ...]:
        """Return every schedule; see `thesetd.ports.store.ScheduleStore`."""
        await self.ping()
        return tuple(
            attrs.evolve(row, paused=bool({name, EVERYTHING} & set(self.world.pauses)))
            for name, row in sorted(self.world.schedules.items())
        )

    async def plan(self, name: str, next_due: datetime, *, instead_of: datetime | None = None) -> None:
        """Remember a plan; see `thesetd.ports.store.ScheduleStore`."""
        await self.ping()
        row = self.world.schedules.setdefault(name, ScheduleRow(name=name, next_due=next_due))
        if row.next_due == instead_of:
            self.world.schedules[name] = attrs.evolve(row, next_due=next_due)

    async def set_plan(
        self, schedule: str, override: PlanOverride | None, *, next_due: datetime, now: datetime
    ) -> None:
        """Remember a plan that was set; see `thesetd.ports.store.PlanStore`."""
        await self.ping()
        row = self.world.schedules.get(schedule, ScheduleRow(name=schedule, next_due=next_due))
        due = row.next_due if row.next_due <= now else next_due
        self.world.schedules[schedule] = attrs.evolve(row, override=override, next_due=due)

    async def artists_for(
        self,
        schedule: str,
        *,
        now: datetime,
        limit: int,
        again: bool = False,
        until: datetime | None = None,
        aspect: Aspect | None = None,
    ) -> tuple[KnownArtist, ...]:
        """List all artists by the index, whatever the schedule: whom it is about is the database's to say."""
        await self.ping()
        aspect, index = aspect or aspect_of(schedule), self.world.index
        target = DEFAULTS[schedule].target
        before = now if again else now - target / 2 if until is None else min(now, until - target)

        def rank(row: UUID) -> tuple[tuple[bool, float], UUID]:
            return index.rank((aspect, row), self.world.artists[row].record.popularity, now), row

        acts = (row for row in self.world.artists if not self.world.artists[row].is_stub)
        free = (row for row in acts if index.is_free((aspect, row), now=now, before=before, latest=until or now))
        if aspect is Aspect.SETLISTS and not again:
            free = (row for row in free if row not in index.timed)
        rows = sorted(free, key=rank)
        kind, latest = LOOKS[aspect], until or FOREVER
        unfinished = [job for job in self.world.jobs.values() if job.new.kind is kind and not job.state.final]
        waiting = sum(job.not_before < latest for job in unfinished)
        chosen = rows[: max(0, limit - waiting)]
        if until is not None:
            chosen.sort(key=lambda row: index.looked_at((aspect, row)) or EPOCH)
        known = (self.world.known(row) for row in chosen)
        return tuple(artist for artist in known if artist is not None)

    async def audience(self, schedule: str, *, now: datetime) -> Audience:
        """Count all artists by the index; see `thesetd.ports.store.ScheduleStore`."""
        await self.ping()
        aspect, index = aspect_of(schedule), self.world.index
        before = now - DEFAULTS[schedule].target
        young = {row for row in self.world.artists if index.is_young((aspect, row), before)}
        waiting = sum(index.is_ordered((aspect, row), now) for row in self.world.artists if row not in young)
        return Audience(artists=len(self.world.artists), fresh=len(young), waiting=waiting)

    async def cleanup(self, *, now: datetime, dry_run: bool = False) -> dict[str, int]:
        """Delete jobs that ended more than 30 days ago; see `thesetd.ports.store.ScheduleStore`."""
        await self.ping()
        before = now - timedelta(days=30)
        last = {job.artist_id: job.id for job in self.world.jobs.values() if job.progress and job.artist_id}
        ended = [job for job in self.world.jobs.values() if job.finished_at and job.finished_at < before]
        old = [job.id for job in ended if last.get(job.artist_id) != job.id]
        for job_id in () if dry_run else old:
            del self.world.jobs[job_id]
        self.world.events = [event for event in self.world.events if event.job_id not in old]
        deleted = {"thesetd.jobs": len(old), "thesetd.changes": self.forget(before)}
        return {table: count for table, count in deleted.items() if count}

    async def announced(
        self,
        about: UUID | SweepWindow | None,
        provider: ProviderName,
        *,
        now: datetime,
        countries: Collection[str] = (),
    ) -> Mapping[str, datetime | None]:
        """Return the shows to come; see `thesetd.ports.store.RepertoireStore`."""
        await self.ping()
        stored, venues = self.world.records["shows"], self.world.records["venues"]
        if about is None:
            at = {key for key, venue in venues.items() if venue.country_code in set(countries)}
            every = stored.values()
            shows = [one for one in every if one.local_date is None and (one.provider, one.venue_provider_id) in at]
        elif isinstance(about, SweepWindow):
            wanted = {about.country} if about.country else set(countries)
            shows = [
                show
                for show in stored.values()
                if show.starts_at is not None
                and about.since <= show.starts_at <= about.until
                and (venue := venues.get((show.provider, show.venue_provider_id)))
                and venue.country_code in wanted
            ]
        else:
            shows = [stored[key] for key in self.world.playing.get(about, ())]
        since, asked = (now - timedelta(days=1)).date(), self.world.unlisted
        found = {
            show.provider_id: show.starts_at
            for show in shows
            if show.provider == provider
            and show.status not in {"cancelled", "completed", "withdrawn"}
            and (show.local_date is None or (show.end_date or show.local_date) >= since)
            and (show.key not in asked or asked[show.key] <= now - UNLISTED_AGE)
        }
        order = sorted(found, key=lambda one: ((provider, one) in asked, asked.get((provider, one), now), one))
        return {one: found[one] for one in order}

    async def unseen(self, artist_id: UUID, mbid: str, *, since: datetime, limit: int) -> tuple[str, ...]:
        """Return pages that were not seen lately; see `thesetd.ports.store.PageStore`."""
        await self.ping()
        assert artist_id in self.world.artists
        pages: list[ActualSetlist] = list(self.world.records["actual_setlists"].values())
        found = [p for p in pages if p.artist_mbid == mbid and p.fetched_at < since]
        left = sorted((p.fetched_at, p.setlistfm_id) for p in found if p.setlistfm_id not in self.world.gone)
        return tuple(page for _, page in left)[:limit]

    async def versions(self, artist_id: UUID, mbid: str, *, since: datetime, limit: int) -> Mapping[str, str]:
        """Return the versions of the latest pages; see `thesetd.ports.store.PageStore`."""
        await self.ping()
        assert artist_id in self.world.artists
        pages: list[ActualSetlist] = list(self.world.records["actual_setlists"].values())
        found = [p for p in pages if p.artist_mbid == mbid and p.setlistfm_id not in self.world.gone]
        latest = sorted(sorted(found, key=lambda p: p.setlistfm_id), key=lambda p: p.event_date, reverse=True)[:limit]
        lately = all(page.fetched_at >= since for page in latest)
        return {page.setlistfm_id: page.version_id for page in latest} if lately else {}

    async def last_edit(self, artist_id: UUID, mbid: str) -> LastEdit | None:
        """Return the page that was edited last; see `thesetd.ports.store.PageStore`."""
        await self.ping()
        assert artist_id in self.world.artists
        pages: list[ActualSetlist] = list(self.world.records["actual_setlists"].values())
        found = [(p.last_updated, p.setlistfm_id) for p in pages if p.artist_mbid == mbid and p.last_updated]
        dated = [(at, page) for at, page in found if page not in self.world.gone]
        if not dated:
            return None
        at, page = min(dated, key=lambda one: (-one[0].timestamp(), one[1]))
        return LastEdit(page=page, at=at, together=sum(other == at for other, _ in dated))

    async def foreseen(self, artist_id: UUID, *, now: datetime) -> Foreseen:
        """Return what predictions are made of; see `thesetd.ports.store.ForecastStore`."""
        found = await self.repertoire(artist_id, now=now)
        coming = [(show.key, show.local_date, show.tour, show.name) for show in found.coming]
        setlists = [attrs.evolve(one, fetched_at=datetime.min.replace(tzinfo=UTC)) for one in found.setlists]
        parts = (found.songs, setlists, coming, sorted(found.supporting), found.ruled)
        shows = {show.key for show in found.coming}
        stored = [
            one
            for key, one in self.world.records["setlists"].items()
            if key[:2] in shows and self.world.artist(one.artist.space, one.artist.id) == artist_id
        ]
        return Foreseen(repr(parts), repr(stored), len(stored))

    async def repertoire(self, artist_id: UUID, *, now: datetime) -> Repertoire:
        """Return what is stored of an artist; see `thesetd.ports.store.RepertoireStore`."""
        await self.ping()
        tables, artist = self.world.records, self.world.artists[artist_id].record
        songs: list[RepertoireSong] = [song for (one, _), song in tables["songs"].items() if one == artist_id]
        setlists: list[ActualSetlist] = [
            one
            for one in tables["actual_setlists"].values()
            if one.artist_mbid == artist.mbid and one.setlistfm_id not in self.world.gone
        ]
        shows: list[Show] = [tables["shows"][key] for key in self.world.playing.get(artist_id, ())]
        supporting = {
            (show.provider, show.provider_id)
            for show in shows
            if _is_coming(show, now)
            and any(act.spotify_id == artist.spotify_id and not act.is_headliner for act in show.bill)
        }
        return Repertoire(
            supporting=frozenset(supporting),
            songs=in_order(songs),
            setlists=tuple(sorted(setlists, key=lambda s: s.event_date, reverse=True)),
            coming=tuple(
                sorted(
                    (show for show in shows if _is_coming(show, now)),
                    key=lambda show: (show.local_date, show.provider_id),
                )
            ),
        )

    async def catalogue(
        self, artist_id: UUID, *, tracks: bool = True, only: Collection[str] | None = None
    ) -> StoredCatalogue:
        """Return the albums and tracks of an artist; see `thesetd.ports.store.RepertoireStore`."""
        await self.ping()
        tables, artist = self.world.records, self.world.artists[artist_id].record
        albums: list[Album] = [
            album
            for album in tables["albums"].values()
            if artist.spotify_id in {album.artist_spotify_id, *album.artist_spotify_ids}
        ]
        own = {album.spotify_id for album in albums}
        credited = self._credited()
        every: list[Track] = [
            attrs.evolve(one, artist_spotify_ids=tuple(sorted(credited.get(one.spotify_id, ()))))
            for one in tables["tracks"].values()
            if only is None or one.spotify_id in only
        ]
        found = tuple(t for t in every if t.album_spotify_id in own or artist.spotify_id in t.artist_spotify_ids)
        return StoredCatalogue(
            albums=tuple(sorted(albums, key=lambda a: (a.released_on or date.max, a.spotify_id)))
            if only is None
            else (),
            tracks=found if tracks else (),
            songs_on=Counter(track.album_spotify_id for track in found),
        )

    async def lists(self, ids: Collection[UUID]) -> Mapping[UUID, ReadList]:
        """Return what is known of lists; see `thesetd.ports.store.RepertoireStore`."""
        await self.ping()
        return {one: self.world.lists[one] for one in ids if one in self.world.lists}

    async def artists_with_tracks(self, *, after: UUID | None, limit: int) -> tuple[UUID, ...]:
        """List artists that have tracks; see `thesetd.ports.store.RepertoireStore`."""
        await self.ping()
        artists = sorted({artist for artist, _ in self.world.records["artist_tracks"]})
        return tuple(one for one in artists if after is None or one > after)[:limit]

    def _credited(self) -> dict[str, set[str]]:
        """Return the artists that each track is linked to."""
        found: dict[str, set[str]] = {}
        for artist, song in self.world.records["artist_tracks"]:
            found.setdefault(song, set()).add(self.world.artists[artist].record.spotify_id or "")
        return found

    def _job(self, job: StoredJob) -> Job:
        return Job(
            id=job.id,
            kind=job.new.kind,
            lane=job.lane,
            state=job.state,
            fence=job.fence,
            args=job.new.args,
            checkpoint=job.checkpoint,
            attempts=job.attempts,
            created_at=job.created_at,
            rescues=job.rescues,
            artist=self.world.known(job.artist_id),
            progress=job.progress,
            not_before=job.not_before if job.not_before > job.created_at else None,
            last_error=job.error,
        )

    def _status(self, job: StoredJob) -> ImportStatus:
        artist = self.world.known(job.artist_id)
        waits = job.state is JobState.READY and job.not_before > job.created_at
        return ImportStatus(
            job_id=job.id,
            kind=job.new.kind,
            lane=job.lane.label,
            state=job.state,
            artist_id=job.artist_id,
            slug=artist.slug if artist else None,
            name=artist.name if artist else None,
            status=job.progress.stage.value if job.progress else job.state.value,
            progress=job.progress.percent if job.progress else percent_unwatched(job.state),
            message=job.progress.message if job.progress else "",
            counts=dict(job.progress.counts) if job.progress else {},
            **expected_fields(job.progress.expected if job.progress else None),
            attempts=job.attempts,
            created_at=job.created_at,
            started_at=job.started_at,
            completed_at=job.finished_at,
            not_before=job.not_before if waits else None,
            error=job.error or job.details,
            waits_for=job.waits_for.words if job.waits_for and job.state is JobState.READY else None,
            node=job.owner.node if job.owner else None,
            typed=job.new.args.get("reference"),
            request_id=job.new.args.get("request_id"),
        )


class FakeNodes:
    """A node's way into a FakeStore. `leave` is what the end of its process does."""

    def __init__(self, store: FakeStore) -> None:
        """Hold no name yet."""
        self._store = store
        self._name: str | None = None
        self._hints: dict[HintKind, Hint] = {}
        self._hinted = trio.Event()

    async def join(self, name: str, *, now: datetime) -> Owner:
        """Take a name; see `thesetd.ports.store.NodeStore`."""
        await self._store.ping()
        if name in self._store.named:
            raise NameTaken(f"another thesetd runs as node {name!r}")
        self._name = name
        self._store.named[name] = 0
        self._store.listening.add(self)
        epoch = Epoch(self._store.world.epochs.get(name, 0) + 1)
        self._store.world.epochs[name] = epoch
        return Owner(name, epoch)

    async def beat(self, owner: Owner) -> Heartbeat:
        """Prove that the name is still held; see `thesetd.ports.store.NodeStore`."""
        await self._store.ping()
        if self._store.world.epochs[owner.node] != owner.epoch:
            raise NameTaken(f"another thesetd runs as node {owner.node!r}")
        retaken = owner.node not in self._store.named
        if retaken:
            self._store.listening.add(self)
            for left in (HintKind.JOBS, HintKind.ORDERS, HintKind.PAUSES, HintKind.CHANGES):
                self.hear(Hint(left))
            if self._store.world.last:
                self.hear(Hint(HintKind.EVENTS, self._store.world.last))
        self._store.named[owner.node] = self._store.named.get(owner.node, 0) + 1
        running = {job.owner.node for job in self._store.world.jobs.values() if job.owner} - {owner.node}
        beats = {name: count for name, count in self._store.named.items() if name in running}
        return Heartbeat(beats=beats, retaken=retaken, live=frozenset(self._store.named))

    async def hint(self) -> Hint:
        """Wait for a hint; see `thesetd.ports.store.NodeStore`."""
        while not self._hints:
            self._hinted = trio.Event()
            await self._hinted.wait()
        await trio.lowlevel.checkpoint()
        return self._hints.pop(next(iter(self._hints)))

    def hear(self, hint: Hint) -> None:
        """Take a hint."""
        self._hints[hint.left] = hint
        self._hinted.set()

    def leave(self) -> None:
        """Let go of the name."""
        self._store.listening.discard(self)
        self._store.named.pop(self._name or "", None)


def _counted(calls: Sequence[CallRecord]) -> dict[str, object]:
    timed = [round(call.latency_s * 1000) for call in calls if call.latency_s is not None]
    return {
        "calls": len(calls),
        "cost": sum(call.cost for call in calls),
        "ok": sum(call.outcome == "ok" for call in calls),
        "mean_s": round(sum(timed) / len(timed) / 1000, 3) if timed else None,
        "slowest_s": max(timed) / 1000 if timed else None,
    }


def _is_coming(show: Show, now: datetime) -> bool:
    if show.local_date is None or show.status in {"cancelled", "postponed"} or show.is_addon:
        return False
    return is_coming(
        Days(day=show.local_date, last=show.end_date, begins=show.local_time, zone=zone_named(show.timezone)), now
    )
