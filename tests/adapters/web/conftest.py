"""A daemon in memory behind the real applications and listeners, and a small client for it."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import h11
import pytest
import trio

from fake_changes import FakeFeed
from fake_curator import FakeCurator
from fake_desk import FakePlanner, desk
from fake_live import FakeLive, Queue
from fake_webhooks import FakeDesk
from thesetd.adapters.web.control import Surface
from thesetd.adapters.web.page.glance import Glances
from thesetd.adapters.web.streams.tap import Tap
from thesetd.domain.cron import check_cron
from thesetd.domain.errors import ConfigError, UnknownArtist, UnknownShow
from thesetd.domain.freshness.copies import LOOKS, Aspect
from thesetd.domain.gate.windows import parse_window
from thesetd.domain.ids import SPOTIFY, JobId, Seq
from thesetd.domain.music.edits import Edit, Edited, SongDecision, SongView
from thesetd.domain.music.names import slugify
from thesetd.domain.music.records import AudioFeatures, Recommendation, Track
from thesetd.domain.music.reference import ArtistRef, parse_reference
from thesetd.domain.music.repertoire import Face, RepertoireSong
from thesetd.domain.music.versions import Version
from thesetd.domain.setlists.views import PredictionScore, Review
from thesetd.domain.shows.venue_edits import VenueDecision, VenueLink, VenueView
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.diagnosis import CallSnapshot, CallStage, Cause, Diagnosis
from thesetd.domain.work.jobs import Action, JobKind, JobState, KnownArtist, Ordered, obeys
from thesetd.domain.work.progress import CommittedEvent, Progress, Stage, advance
from thesetd.domain.work.schedules import check_zone
from thesetd.domain.work.survey import Survey
from thesetd.ports.surface.daemon import (
    ActorView,
    BreakerView,
    ConfigKey,
    Configuration,
    PauseView,
    Reload,
    ScheduleView,
)
from thesetd.ports.surface.gate import LaneView, LimitsView, ResumingWindow, WindowView
from thesetd.ports.surface.jobs import ImportStatus

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
SHOW = UUID("00000000-0000-0000-0000-00000000002c")
SONG = UUID("00000000-0000-0000-0000-00000000002b")
LIVE, SAID = frozenset({Version.LIVE}), {Version.LIVE: "Live"}
ARTIST_ID = UUID("00000000-0000-0000-0000-00000000002a")
STAGES = (
    (Stage.FETCHING_SHOWS, {}, 0.0),
    (Stage.SYNCING_VENUES, {"shows": 3}, 0.0),
    (Stage.SHOWS_COMPLETE, {"venues": 2}, 0.0),
    (Stage.SYNCING_CATALOG, {"albums": 12, "albums_total": 81}, 0.15),
    (Stage.COMPLETED, {"albums": 81}, 0.0),
)


@attrs.define
class Surveyed:
    """The survey that a test has put here."""

    latest: Survey | None = None
    schedules: tuple[ScheduleView, ...] = ()


class FakeDaemon(FakeLive):
    """All that the listeners ask of a daemon, and a clock, over lists; `failures` makes a method raise."""

    def __init__(self) -> None:
        super().__init__()
        self.edits: list[Edit] = []
        self.request_ids: list[str | None] = []
        self.page: str | None = None
        self.edited: Edited | None = None
        self.jobs: dict[JobId, ImportStatus] = {}
        self.log: list[CommittedEvent] = []
        self.references: dict[str, Exception] = {}
        self.failures: dict[str, Exception] = {}
        self.checks = {"database": "ok", "redis": "ok"}
        self.on_read: Callable[[], None] = lambda: None
        self.submitted: list[str] = []
        self.limited, self.limited_for_s, self.since = "100/60s", None, NOW
        self.full_at: str | None = None
        self.reset: list[str] = []
        self.paused: dict[str, int] = {}
        self.curator = FakeCurator()
        self.surveys = Surveyed()
        self.freshness = desk()
        self.planner = FakePlanner()
        self.feed = FakeFeed()
        self.webhooks = FakeDesk()
        self.tap = Tap(lambda: NOW)
        self.gate_closed = False
        self.reloads: list[ConfigError | Reload] = []

    @property
    def surface(self) -> Surface:
        """Return what the routes ask of a daemon: all of it this one."""
        return Surface(
            intake=self,
            live=self,
            overview=self,
            statuses=self,
            gatekeeper=self,
            cache=self,
            operator=self,
            reloader=self,
            clock=self,
            songs=self,
            venues=self,
            curator=self.curator,
            freshness=self.freshness,
            glances=self.glances,
            tap=self.tap,
            refresher=self,
            advisor=self,
            planner=self.planner,
            schedule_desk=self,
            feed=self.feed,
            webhooks=self.webhooks,
        )

    @property
    def glances(self) -> Glances:
        """Return who looks at this daemon."""
        return Glances(self, self.surveys, self, self, self, page=lambda: self.page)

    # Reloader

    async def reload(self) -> Reload:
        """Say what was prepared, else that nothing has changed."""
        found = self.reloads.pop() if self.reloads else Reload(applied=(), renewed=(), needs_restart=())
        if isinstance(found, ConfigError):
            raise found
        return found

    def describe(self) -> Configuration:
        """Say that one key is set and another one is about to be."""
        level = ConfigKey(
            key="log.level",
            value="debug",
            default="info",
            origin="environment THESETD_LOG__LEVEL",
            pending="info",
            takes_effect="thesetctl reload",
        )
        dsn = ConfigKey(key="database.dsn", value="(set)", default="(not set)", origin="credential database.dsn")
        plain = ConfigKey(key="log.format", value="auto", default="auto", origin="default")
        return Configuration(keys=(dsn, level, plain), faults=("log.levle: no such key",))

    def renew(self) -> None:
        """Have nothing to start again."""

    # Intake

    async def submit(self, reference: str, request_id: str | None = None) -> Accepted:
        """Accept what is a reference and is not told to be refused."""
        self.submitted.append(reference)
        self.request_ids.append(request_id)
        self._fail("submit")
        ref = parse_reference(reference)
        if reference in self.references:
            raise self.references[reference]
        if reference.startswith("Nobody"):
            raise UnknownArtist(reference)
        for job in self.jobs.values():
            if job.name == ref.value and job.state is JobState.RUNNING:
                return self._accepted(job, joined=True)
        return self._accepted(self.add_job(ref.value), joined=False)

    async def run_schedule(self, name: str) -> JobId:
        """Fire the one schedule that there is to fire."""
        self._fail("run_schedule")
        if name != "sync-trending":
            raise KeyError(name)
        return self.add_job("", kind=JobKind.SWEEP).job_id

    # Refresher

    async def refresh_artist(self, artist: str, aspect: Aspect, request_id: str | None = None) -> Accepted:
        """Accept it for the one artist that there is."""
        await self.curator.artist(artist)
        self.request_ids.append(request_id)
        return self._accepted(self.add_job(aspect.value, kind=LOOKS[aspect]), joined=False)

    async def refresh_show(self, show: UUID, request_id: str | None = None) -> Accepted:
        """Know one show."""
        if show != SHOW:
            raise UnknownShow(show)
        self.request_ids.append(request_id)
        return self._accepted(self.add_job("", kind=JobKind.REFRESH_SHOWS), joined=False)

    # Advisor

    async def recommendations(self, artist: str, *, limit: int) -> tuple[Recommendation, ...]:
        """Recommend a track for the one artist that there is, unless that is not offered."""
        await self.curator.artist(artist)
        self._fail("recommendations")
        return (Recommendation(spotify_id="r1", title="Clouds", artists=("Mbeki", "Owls"), popularity=40),)[:limit]

    async def features(self, artist: str, *, limit: int) -> tuple[tuple[str, AudioFeatures], ...]:
        """Hear a song of it, unless that is not offered."""
        await self.curator.artist(artist)
        self._fail("features")
        return (("DARE", AudioFeatures(spotify_id="t1", tempo=119.5)),)[:limit]

    # Overview

    def actors(self) -> tuple[ActorView, ...]:
        """Return one actor that works and one that does not."""
        return (
            ActorView(name="writer", state="running", restarts=0, mailbox=3),
            ActorView(name="spotify", state="restarting", restarts=2, last_error="ValueError: odd", last_error_at=NOW),
        )

    def breakers(self) -> tuple[BreakerView, ...]:
        """Return a closed breaker and an open one."""
        return (
            BreakerView(name="writer", state="closed", failures=0),
            BreakerView(name="spotify", state="open", failures=5, retry_in_s=12.5),
        )

    # Gatekeeper and Clock

    def now(self) -> datetime:
        """Return the present moment."""
        return NOW

    async def limits(self) -> tuple[LimitsView, ...]:
        """Return one provider that told us to stay away."""
        lane = LaneView(lane="interactive", waiting=2, oldest_s=1.5, served=10)
        windows = (WindowView(limit=self.limited, used=7, full_at=self.full_at, room_at=self.full_at),)
        until = NOW + timedelta(seconds=self.limited_for_s) if self.limited_for_s else None
        in_2_h, in_7_h = ((NOW + timedelta(hours=hours)).isoformat() for hours in (2, 7))
        full = ResumingWindow(limit="100/1d", full_at=in_2_h, room_at=in_7_h)
        return (
            LimitsView(
                provider="spotify",
                windows=windows,
                lanes=(lane,),
                blocked_until=NOW.isoformat(),
                strikes=1,
                reason="too many requests",
                paused=self.gate_closed,
                temporary_until=until.isoformat() if until else None,
                then=(ResumingWindow(limit="100/60s"), full) if until else (),
            ),
        )

    async def set_limits(self, provider: str, limits: str, for_s: float | None) -> None:
        """Change the one limit."""
        if provider != "spotify":
            raise KeyError(provider)
        self.limited = str(parse_window(limits))
        self.limited_for_s = for_s

    async def calls(self, *, by: str, since: datetime) -> tuple[dict[str, Any], ...]:
        """Count one endpoint."""
        if by != "endpoint":
            raise ValueError(f"calls cannot be counted by {by!r}")
        self.since = since
        return ({"endpoint": "albums", "calls": 3, "cost": 3, "ok": 2, "mean_s": 0.25, "slowest_s": None},)

    def providers(self) -> dict[str, str]:
        """Know none."""
        return {}

    async def reset_breaker(self, name: str) -> None:
        """Know one breaker."""
        if name != "spotify":
            raise KeyError(name)
        self.reset.append(name)

    async def cache(self) -> dict[str, Any]:
        """Return some numbers."""
        return {"memory_bytes": 5, "hit_rate": 0.9, "endpoints": [{"endpoint": "albums", "misses": 1}]}

    async def invalidate(self, artist: str) -> int:
        """Forget what is known of one artist."""
        if artist in self.references:
            raise self.references[artist]
        if artist != "Gorillaz":
            raise UnknownArtist(artist)
        return 4

    async def schedules(self) -> tuple[ScheduleView, ...]:
        """Return a schedule that is on and one that is off."""
        self._fail("schedules")
        due = NOW + timedelta(hours=4)
        return (
            ScheduleView(
                name="sync-trending", cron="0 */4 * * *", lane="medium", enabled=True, next_due=due, last_fired=NOW
            ),
            ScheduleView(
                name="cleanup-old-data", cron="0 5 1 * *", lane="low", enabled=False, next_due=None, last_fired=None
            ),
        )

    async def set_plan(self, name: str, cron: str, zone: str | None, for_s: float | None) -> ScheduleView:
        """Let the schedule that is on have another plan."""
        self._fail("set_plan")
        view = await self.reset_plan(name)
        check_cron(cron)
        zone = "UTC" if zone is None else zone
        check_zone(zone)
        until = None if for_s is None else NOW + timedelta(seconds=for_s)
        return attrs.evolve(view, cron=cron, zone=zone, configured=view.cron, set_until=until)

    async def reset_plan(self, name: str) -> ScheduleView:
        """Return to the plan of the schedule that is on."""
        view = (await self.schedules())[0]
        if name != view.name:
            raise KeyError(name)
        return view

    def dependencies(self) -> dict[str, str]:
        """Return `checks`."""
        return self.checks

    def readiness(self) -> dict[str, str]:
        """Return `checks`."""
        self._fail("readiness")
        return self.checks

    # StatusStore

    async def status(self, job_id: JobId) -> ImportStatus | None:
        """Look a job up."""
        self._fail("status")
        await trio.lowlevel.checkpoint()
        return self.jobs.get(job_id)

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
        """List jobs, newest first."""
        self._fail("statuses")
        found = [
            job
            for job in reversed(self.jobs.values())
            if job.state in (states or JobState) and job.kind in (kinds or JobKind)
            if before is None or job.job_id < before
            if since is None or job.created_at >= since
            if request is None or job.request_id == request
            if artist is None or artist in {job.slug, job.name, job.typed}
        ]
        return tuple(found[:limit])

    async def standing(self, job_id: JobId, *, now: datetime) -> None:
        """Not asked for by the listeners."""
        raise NotImplementedError(job_id, now)

    # Operator

    async def order(self, job_id: JobId, action: Action) -> Ordered:
        """Obey as the store does; a retry of job 3 finds that job 1 does the same."""
        self._fail("order")
        job = self.jobs.get(job_id)
        if job is None:
            return Ordered(job_id=job_id, obeyed=False, before=None)
        joined = JobId(1) if action is Action.RETRY and job_id == 3 else None
        obeyed = obeys(job.state, action) and joined is None
        if obeyed and action is Action.CANCEL:
            self.advance(job_id, Stage.CANCELLED)
        elif obeyed:
            self.jobs[job_id] = attrs.evolve(job, state=JobState.READY)
        return Ordered(job_id=job_id, obeyed=obeyed, before=job.state, joined=joined)

    async def pauses(self) -> tuple[PauseView, ...]:
        """Show what is paused; each look brings it nearer to being drained."""
        self._fail("pauses")
        views = tuple(
            PauseView(what=what, kind="provider", since=NOW, waits_for="calls in flight on n" if looks else "")
            for what, looks in self.paused.items()
        )
        self.paused = {what: max(0, looks - 1) for what, looks in self.paused.items()}
        return views

    async def pause(self, what: str) -> PauseView:
        """Pause the one provider, the schedule, or all."""
        self._check(what)
        self.paused.setdefault(what, 2)
        return next(view for view in await self.pauses() if view.what == what)

    async def resume(self, what: str) -> bool:
        """End a pause."""
        self._check(what)
        return self.paused.pop(what, None) is not None

    async def why(self, job_id: JobId) -> Diagnosis | None:
        """Say that a job waits for a slot."""
        job = self.jobs.get(job_id)
        if job is None:
            return None
        call = CallSnapshot(provider=SPOTIFY, endpoint="albums", place=CallStage.SLOT, wait_s=12.5)
        again = attrs.evolve(call, endpoint="artist", place=CallStage.BACKOFF, wait_s=0.5, reason="HTTP 502")
        return Diagnosis(
            job_id=job_id,
            state=job.state,
            cause=Cause.SLOT,
            text="its call waits for a slot within the limits of spotify (albums)",
            unblock="time",
            earliest=NOW,
            calls=(call, again),
        )

    async def songs(self, what: str) -> tuple[SongView, ...]:
        """Know one song of one artist."""
        self._fail("songs")
        face = Face(spotify_id="a", album_spotify_id="A", album="Demon Days", version=Version.STUDIO)
        song = RepertoireSong(id=SONG, title="DARE", key="dare", face=face)
        live = Track(
            spotify_id="b", album_spotify_id="A", name="DARE - Live", fetched_at=NOW, classes=LIVE, evidence=SAID
        )
        if what == "gorillaz":
            return (SongView(song=song, artist="Gorillaz"),)
        made = SongDecision(number=1, what="merge", words="'Dare' merged into 'DARE'", made_at=NOW)
        return (SongView(song=song, artist="Gorillaz", tracks=(live,), decisions=(made,)),) if what == str(SONG) else ()

    async def venues(self, what: str, *, limit: int) -> tuple[VenueView, ...]:
        """Know one hall, which another provider calls otherwise."""
        self._fail("venues")
        if what not in {"Harbour Arena", str(SONG)} or limit < 1:
            return ()
        link = VenueLink(
            other=SONG, name="Hafenhalle", verdict="same", shared_nights=3, apart_nights=0, by_person=False
        )
        made = VenueDecision(number=1, what="merge", words="'Hafenhalle' is 'Harbour Arena'", made_at=NOW)
        hall = VenueView(
            id=SONG,
            name="Harbour Arena",
            city="Belfast",
            country_code="GB",
            ticketmaster_id="KovZ1",
            setlistfm_id=None,
            same_as=None,
            links=(link,),
            decisions=(made,),
        )
        return (hall,)

    async def edit(self, edit: Edit) -> Edited:
        """Do everything, or what is to come of it."""
        self._fail("edit")
        self.edits.append(edit)
        if self.edited:
            return self.edited
        return Edited(number=1, song=SONG)

    async def reviews(self, *, limit: int) -> tuple[Review, ...]:
        """Know a page and a name that are not certain."""
        self._fail("reviews")
        page = Review(
            kind="page",
            about="63de4613",
            artist="Gorillaz",
            slug="gorillaz",
            why="another assignment is as good",
            evidence=("same day", "same venue"),
            day=NOW.date(),
            place="Dunmore Hall, Leeds",
            songs=14,
            show=SONG,
        )
        name = Review(
            kind="song",
            about="Dare",
            artist="Gorillaz",
            slug="gorillaz",
            why="several songs fit equally well",
            proposals=(f"{SONG} DARE",),
        )
        return (page, name)[:limit]

    async def scores(self, slug: str | None, *, limit: int) -> tuple[PredictionScore, ...]:
        """Know the scores of one artist."""
        self._fail("scores")
        every = PredictionScore(shows=3, f1=0.8123, recall=0.9, openers=1.0, closers=0.5, brier=0.1, last=NOW.date())
        one = attrs.evolve(every, artist="Gorillaz", slug="gorillaz")
        return {None: (every, one), "gorillaz": (one,)}.get(slug, ())[:limit]

    async def reclassify(self) -> Accepted:
        """Accept it."""
        return self._accepted(self.add_job("", kind=JobKind.RECLASSIFY), joined=False)

    def _check(self, what: str) -> None:
        if what not in {"spotify", "sync-trending", "all"}:
            raise KeyError(what)

    async def events(self, *, after: Seq, job_id: JobId | None, limit: int) -> tuple[CommittedEvent, ...]:
        """Read the log; the world moves on while the answer is on its way."""
        self._fail("events")
        found = [event for event in self.log if event.seq > after and job_id in {None, event.job_id}][:limit]
        self.on_read()
        await trio.lowlevel.checkpoint()
        return tuple(found)

    async def find_artist(self, ref: ArtistRef) -> tuple[KnownArtist, ...]:
        """Not asked for by the listeners."""
        raise NotImplementedError(ref)

    # What tests do to it

    def add_job(self, name: str, *, kind: JobKind = JobKind.IMPORT_ARTIST) -> ImportStatus:
        """Begin a job; an import has its first event."""
        job_id = JobId(len(self.jobs) + 1)
        known = kind is JobKind.IMPORT_ARTIST
        self.jobs[job_id] = ImportStatus(
            job_id=job_id,
            kind=kind,
            lane="interactive" if known else "medium",
            state=JobState.RUNNING,
            artist_id=ARTIST_ID if known else None,
            slug=slugify(name, "x") if known else None,
            name=name if known else None,
            status=Stage.INITIALIZING.value,
            progress=0,
            message="",
            counts={},
            attempts=1,
            created_at=NOW,
            started_at=NOW,
            completed_at=None,
            not_before=None,
            error=None,
        )
        if known:
            self.advance(job_id, Stage.INITIALIZING)
        return self.jobs[job_id]

    def advance(self, job_id: JobId, stage: Stage, *, part: float = 0.0, **counts: int) -> CommittedEvent:
        """Commit one more event of a job, and tell whoever listens."""
        event, queues = self.commit(job_id, stage, part=part, **counts)
        self.tell(event, queues)
        return event

    def commit(
        self, job_id: JobId, stage: Stage, *, part: float = 0.0, **counts: int
    ) -> tuple[CommittedEvent, Iterable[Queue]]:
        """Put an event in the database; the listeners hear of it when `tell` is called."""
        job = self.jobs[job_id]
        before = Progress(stage=Stage(job.status), percent=job.progress, message=job.message, counts=job.counts)
        progress = advance(before, stage, counts, part)
        states = {Stage.COMPLETED: JobState.DONE, Stage.FAILED: JobState.FAILED, Stage.CANCELLED: JobState.CANCELLED}
        self.jobs[job_id] = attrs.evolve(
            job,
            status=stage.value,
            progress=progress.percent,
            message=progress.message,
            counts=dict(progress.counts),
            state=states.get(stage, JobState.RUNNING),
            completed_at=NOW if stage.final else None,
            error="the world ended" if stage is Stage.FAILED else None,
        )
        event = CommittedEvent(
            seq=Seq(len(self.log) + 1), job_id=job_id, artist_id=job.artist_id, slug=job.slug, progress=progress, at=NOW
        )
        self.log.append(event)
        return event, self.queues

    def finish(self, job_id: JobId) -> None:
        """Take a job through all its stages to the end."""
        for stage, counts, part in STAGES:
            self.advance(job_id, stage, part=part, **counts)

    def _accepted(self, job: ImportStatus, *, joined: bool) -> Accepted:
        return Accepted(
            job_id=job.job_id,
            artist_id=job.artist_id,
            slug=job.slug,
            name=job.name,
            status=job.status,
            joined=joined,
        )

    def _fail(self, method: str) -> None:
        if method in self.failures:
            raise self.failures[method]


@attrs.frozen
class Answer:
    """A response as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


class Client:
    """An HTTP/1.1 client on one stream, strict because h11 is."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.wire = h11.Connection(h11.CLIENT)
        self.answer: h11.Response | None = None
        self.text = ""

    async def send(self, method: str, target: str, body: bytes = b"", headers: Sequence[tuple[str, str]] = ()) -> None:
        """Send a request."""
        length = [("content-length", str(len(body)))] if body else []
        request = h11.Request(method=method, target=target, headers=[("host", "x"), *length, *headers])
        pieces = [self.wire.send(request), self.wire.send(h11.Data(data=body)), self.wire.send(h11.EndOfMessage())]
        await self.stream.send_all(b"".join(pieces))

    async def event(self) -> Any:
        """Wait for h11's next event."""
        while (event := self.wire.next_event()) is h11.NEED_DATA:
            self.wire.receive_data(await self.stream.receive_some(65536))
        return event

    async def ask(self, method: str, target: str, body: bytes = b"", headers: Sequence[tuple[str, str]] = ()) -> Answer:
        """Send a request and read the whole answer."""
        await self.send(method, target, body, headers)
        return await self.answered()

    async def ask_slowly(self, method: str, target: str) -> Answer:
        """Announce a body that never comes, and read the whole answer."""
        head = h11.Request(method=method, target=target, headers=[("host", "x"), ("content-length", "9")])
        await self.stream.send_all(self.wire.send(head))
        return await self.answered()

    async def answered(self) -> Answer:
        """Read an answer."""
        head = await self.event()
        data = bytearray()
        while isinstance(piece := await self.event(), h11.Data):
            data += piece.data
        if self.wire.our_state is h11.DONE and self.wire.their_state is h11.DONE:
            self.wire.start_next_cycle()
        named = {name.decode(): value.decode() for name, value in head.headers}
        return Answer(head.status_code, named, bytes(data))

    async def listen(self, target: str, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Open a stream of events and read up to its first block, after which the server has subscribed."""
        await self.send("GET", target, headers=headers)
        self.answer = await self.event()
        assert await self.block() == {"retry": "1000"}

    async def block(self) -> dict[str, str] | None:
        """Return the next block of a stream as its fields, None at the stream's end."""
        while "\n\n" not in self.text:
            piece = await self.event()
            if not isinstance(piece, h11.Data):
                return None
            self.text += piece.data.decode()
        block, self.text = self.text.split("\n\n", 1)
        return dict(line.split(": ", 1) if ": " in line else (line, "") for line in block.split("\n"))

    async def seqs(self) -> list[int]:
        """Read a stream to its end; give the sequence numbers of its events."""
        return [int(block["id"]) async for block in self.blocks() if "id" in block]

    async def blocks(self) -> AsyncIterator[dict[str, str]]:
        """Yield the blocks of a stream to its end."""
        while (block := await self.block()) is not None:
            yield block


@pytest.fixture
def daemon() -> FakeDaemon:
    """Return a daemon in memory."""
    return FakeDaemon()


@pytest.fixture
def daemon_class() -> type[FakeDaemon]:
    """Return the class itself, for tests that need several."""
    return FakeDaemon


@pytest.fixture
def sockets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose name is short enough for Unix sockets."""
    return tmp_path_factory.mktemp("s")


@pytest.fixture
def connect() -> Callable[[Path | str], AbstractAsyncContextManager[Client]]:
    """Yield the way to connect to a Unix path, or to "host:port"."""

    @asynccontextmanager
    async def opened(address: Path | str) -> AsyncIterator[Client]:
        if isinstance(address, str):
            host, port = address.split(":")
            stream = await trio.open_tcp_stream(host, int(port))
        else:
            stream = await trio.open_unix_socket(address)
        async with stream:
            yield Client(stream)

    return opened
