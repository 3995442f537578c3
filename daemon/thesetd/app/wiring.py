"""The architecture, to be read from top to bottom: breakers, channels with their sizes, then the actors in start order.

Wiring keeps the original ends of every channel and the state that must outlive a crash (mailboxes, limiters, breakers,
subscribers); an actor works on clones and is recreated from its child spec.
"""

import itertools
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import attrs
import trio

from thesetd.actors.asking import PooledCallExecutor, WriterHandle
from thesetd.actors.broadcaster import Broadcaster
from thesetd.actors.change_feed import ChangeFeed
from thesetd.actors.control.advising import AdviceControl
from thesetd.actors.control.cache_control import CacheControl
from thesetd.actors.control.curating import Curator
from thesetd.actors.control.daemon import Daemon
from thesetd.actors.control.freshness_control import FreshnessControl
from thesetd.actors.control.gate_control import GateControl
from thesetd.actors.control.job_control import JobControl
from thesetd.actors.control.pauses import Pauser
from thesetd.actors.control.planner import PlanControl
from thesetd.actors.control.refreshing import RefreshControl
from thesetd.actors.control.schedule_control import ScheduleControl
from thesetd.actors.control.song_control import SongControl
from thesetd.actors.control.subscribers import Subscribers
from thesetd.actors.control.venue_control import VenueControl
from thesetd.actors.gate.caching import CacheRefresher, CachingFetcher
from thesetd.actors.gate.call_log import CallLog, CallRecords
from thesetd.actors.gate.capabilities import CapabilityKeeper
from thesetd.actors.gate.gate import Gate, GateServices
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.importer import Importer
from thesetd.actors.jobs.work import JobServices, Reading
from thesetd.actors.messages import Refresh, ToBroadcaster, ToImporter, Write
from thesetd.actors.pinned import PinnedLooks
from thesetd.actors.pool import Pool
from thesetd.actors.scheduler import Scheduler
from thesetd.actors.supervision.children import ChildSpec
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.actors.supervision.node import Node
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.actors.supervision.prober import Prober
from thesetd.actors.supervision.proving import CredentialProver, Proof
from thesetd.actors.supervision.supervisor import Supervisor
from thesetd.actors.timed import TimedLooks
from thesetd.actors.webhooks import Webhooks
from thesetd.actors.writer import Writer
from thesetd.adapters.cache.tally import CacheTally
from thesetd.adapters.providers.spec import ProviderSettings
from thesetd.app.observers import Observers
from thesetd.domain.errors import BusUnavailable, StoreUnavailable, ThesetdError, Unavailable
from thesetd.domain.freshness.budget import Budget
from thesetd.domain.gate.breaker import FAILURES_TO_OPEN, Breaker
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.jobs import Owner
from thesetd.domain.work.schedules import Schedule
from thesetd.ports.bus import Publisher
from thesetd.ports.clock import Clock
from thesetd.ports.gate import BreakerPort, ControlledLimiter, MeasuredCache, PenaltyBox
from thesetd.ports.observer import Observer
from thesetd.ports.probes import Probe
from thesetd.ports.providers import Adaptive, Providers
from thesetd.ports.store import Pause, Stores
from thesetd.ports.transport import Transport
from thesetd.ports.webhooks import WebhookOutlet

WRITES = 256  # waiting batches; a job waits for its own, but for reports of progress: a few per running job
EVENTS = 1024  # messages of committed events: the broadcaster is at most this far behind the writer
REFRESHES = 64  # background refreshes of the cache; surplus ones are skipped
CACHE_PATIENCE = 2  # unanswered requests to Redis before calls continue without it: each costs a caller half a second
REQUEST_TRIES = 4  # deadlines in one request: for a token and for the answer, and again with a fresh token
REQUEST_SLACK_S = 10.0  # margin of a request's bound over its deadlines
INTAKE = 64  # waiting requests for imports


def own_server(name: str, failures_to_open: int = FAILURES_TO_OPEN) -> Breaker:
    """Make the breaker of an actor that depends on one of our own servers, which recover within seconds."""
    return Breaker(name=name, rest_s=1.0, longest_rest_s=2.0, failures_to_open=failures_to_open)


@attrs.frozen(kw_only=True)
class ProviderLink:
    """The link to one provider: its transport, its limits, and the credential that both are counted by."""

    transport: Transport
    limiter: ControlledLimiter
    credential: Fingerprint


@attrs.frozen(kw_only=True)
class Adapters:
    """What the actors use from outside; the simulation passes its own.

    `tasks` are adapters that run on their own, `probes` check each dependency on a server, `credentials` check those of
    providers that have any.
    """

    stores: Stores
    bus: Publisher
    providers: Providers
    links: Mapping[ProviderName, ProviderLink]
    box: PenaltyBox
    make_cache: Callable[[BreakerPort, Observer], MeasuredCache]
    tasks: Mapping[str, Callable[[], Awaitable[None]]]
    probes: Sequence[Probe]
    clock: Clock
    rng: random.Random
    credentials: Mapping[ProviderName, Proof] = attrs.field(factory=dict)
    on_live: Callable[[frozenset[str], float], None] = lambda _names, _now: None
    webhooks: WebhookOutlet = attrs.field(factory=WebhookOutlet)


@attrs.frozen(kw_only=True)
class ActorSettings:
    """The configuration that the actors need, the identity of this process, and the pauses at its start."""

    owner: Owner
    providers: Mapping[str, ProviderSettings]
    schedules: Mapping[str, Schedule]
    import_age_s: float = 0.0
    pauses: tuple[Pause, ...] = ()
    polls: Polls = POLLS


def wire(
    settings: ActorSettings,
    adapters: Adapters,
    observer: Observer,
    listeners: Mapping[str, Callable[[Daemon], Awaitable[None]]],
) -> Daemon:
    """Connect everything; `listeners` are started last and stopped first."""
    stores, tally = adapters.stores, CacheTally()
    observer = Observers([observer, tally])
    breakers: list[Breaker] = []

    def guard(breaker: Breaker, counted: type[ThesetdError]) -> BreakerGuard:
        breakers.append(breaker)
        return BreakerGuard(breaker, counted, observer)

    to_writer, writer_mailbox = trio.open_memory_channel[Write](WRITES)
    to_broadcaster, broadcaster_mailbox = trio.open_memory_channel[ToBroadcaster](EVENTS)
    to_importer, importer_mailbox = trio.open_memory_channel[ToImporter](INTAKE)
    to_refresher, refresher_mailbox = trio.open_memory_channel[Refresh](REFRESHES)
    lanes = {name: LaneMailbox() for name in adapters.links}
    call_records = CallRecords()
    subscribers = Subscribers(observer)

    cache = adapters.make_cache(guard(own_server("cache", CACHE_PATIENCE), BusUnavailable), observer)
    plain = PooledCallExecutor(lanes)
    fetcher = CachingFetcher(plain, cache=cache, refreshes=to_refresher, clock=adapters.clock, observer=observer)
    writer_handle = WriterHandle(to_writer)

    async def budget_of(provider: ProviderName) -> Budget | None:
        return await gates[provider].budget(lanes[provider].user_rate().calls) if provider in gates else None

    tools = JobServices(
        fetcher=fetcher,
        writer=writer_handle,
        cache=cache,
        import_age_s=settings.import_age_s,
        providers=adapters.providers,
        reading=Reading(
            statuses=stores.statuses,
            schedules=stores.schedules,
            repertoires=stores.repertoires,
            forecasts=stores.forecasts,
            pages=stores.pages,
            plans=stores.plans,
        ),
        budget_of=budget_of,
        clock=adapters.clock,
        observer=observer,
        retentions={name: one.retention for name, one in settings.providers.items()},
    )

    broadcaster = Broadcaster(
        broadcaster_mailbox,
        subscribers=subscribers,
        publisher=adapters.bus,
        statuses=stores.statuses,
        outbox=stores.outbox,
        guard=guard(own_server("broadcaster"), BusUnavailable),
        observer=observer,
    )
    writer = Writer(
        writer_mailbox,
        to_broadcaster,
        to_importer,
        store=stores.batches,
        guard=guard(own_server("writer"), StoreUnavailable),
        observer=observer,
    )
    call_log = CallLog(call_records, ledger=stores.ledger, observer=observer)
    around = GateServices(
        box=adapters.box,
        ledger=stores.ledger,
        records=call_records,
        clock=adapters.clock,
        observer=observer,
        rng=adapters.rng,
        call_key=call_keys(settings.owner),
    )
    gates = {
        name: Gate(
            name,
            link.credential,
            transport=link.transport,
            limiter=link.limiter,
            guard=guard(Breaker(name=name), Unavailable),
            around=around,
            request_s=REQUEST_TRIES * settings.providers[name].timeout_s + REQUEST_SLACK_S,
        )
        for name, link in adapters.links.items()
    }
    pools = {
        name: Pool(gate, mailbox=lanes[name], concurrency=settings.providers[name].concurrency, rng=adapters.rng)
        for name, gate in gates.items()
    }
    refresher = CacheRefresher(refresher_mailbox, fetcher=fetcher)
    keeper = CapabilityKeeper(
        adaptive(adapters),
        fetcher=plain,
        memory=stores.capabilities,
        clock=adapters.clock,
        observer=observer,
        polls=settings.polls,
    )
    scheduler = Scheduler(
        settings.schedules,
        store=stores.schedules,
        pins=PinnedLooks(stores.freshness, writer=writer_handle),
        timed=TimedLooks(
            stores.timings,
            plans=stores.plans,
            writer=writer_handle,
            budgets={one.provider: partial(budget_of, one.provider) for one in adapters.providers.setlists},
        ),
        writer=writer_handle,
        clock=adapters.clock,
        observer=observer,
    )
    pauser = Pauser(
        stores.pauses,
        node=settings.owner.node,
        gates={name: gate.in_flight for name, gate in gates.items()},
        importer=to_importer,
        on_change=scheduler.look,
        observer=observer,
        polls=settings.polls,
    )
    pauser.apply(settings.pauses)
    feed = ChangeFeed(stores.changes, clock=adapters.clock, observer=observer, look_s=settings.polls.changes_s)
    webhooks = Webhooks(
        adapters.webhooks,
        node=settings.owner.node,
        queue=stores.webhook_queue,
        ledger=stores.webhook_ledger,
        feed=feed,
        clock=adapters.clock,
        rng=adapters.rng,
        observer=observer,
    )
    node = Node(
        settings.owner,
        nodes=stores.nodes,
        jobs=stores.jobs,
        importer=to_importer,
        broadcaster=to_broadcaster,
        clock=adapters.clock,
        observer=observer,
        on_pauses=pauser.look,
        on_changes=feed.look,
        on_live=adapters.on_live,
        polls=settings.polls,
    )
    prover = CredentialProver(adapters.credentials, gates=gates, fetcher=plain, polls=settings.polls)
    prober = Prober(adapters.probes, observer=observer, rng=adapters.rng, polls=settings.polls)
    importer = Importer(importer_mailbox, jobs=stores.jobs, tools=tools, owner=settings.owner, polls=settings.polls)

    def listening(serve: Callable[[Daemon], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        return lambda: serve(daemon)

    # No child depends on another: mailboxes, gates, subscribers and this process's ownership of its name outlive their
    # actors, a lost reply is requested again, and no actor keeps what another one passed to it in an earlier run.
    children = (
        ChildSpec(name="prober", run=prober.run),
        ChildSpec(
            name="broadcaster",
            run=broadcaster.run,
            mailbox=lambda: broadcaster_mailbox.statistics().current_buffer_used,
        ),
        ChildSpec(name="changes", run=feed.run),
        *([ChildSpec(name="webhooks", run=webhooks.run)] if adapters.webhooks.hooks else []),
        ChildSpec(name="node", run=node.run),
        ChildSpec(name="writer", run=writer.run, mailbox=writer.waiting),
        ChildSpec(name="call-log", run=call_log.run, mailbox=call_records.__len__),
        *(ChildSpec(name=name, run=task) for name, task in adapters.tasks.items()),
        ChildSpec(name="capabilities", run=keeper.run),
        ChildSpec(name="credentials", run=prover.run),
        *(ChildSpec(name=name, run=pool.run, mailbox=lanes[name].__len__) for name, pool in pools.items()),
        ChildSpec(
            name="refresher", run=refresher.run, mailbox=lambda: refresher_mailbox.statistics().current_buffer_used
        ),
        ChildSpec(name="importer", run=importer.run, mailbox=lambda: importer_mailbox.statistics().current_buffer_used),
        ChildSpec(name="pauser", run=pauser.run),
        ChildSpec(name="scheduler", run=scheduler.run),
        *(ChildSpec(name=name, run=listening(serve)) for name, serve in listeners.items()),
    )
    curator = Curator(
        statuses=stores.statuses,
        identities=stores.identities,
        writer=writer_handle,
        clock=adapters.clock,
        spaces=[client.space for client in adapters.providers.every()],
    )
    gate_control = GateControl(
        gates=gates,
        limiters={name: link.limiter for name, link in adapters.links.items()},
        lanes=lanes,
        breakers=tuple(breakers),
        ledger=stores.ledger,
        jobs=stores.jobs,
        clock=adapters.clock,
        unused=frozenset(gates.keys() - adapters.credentials.keys()),
    )
    supervisor = Supervisor(children, observer=observer, clock=adapters.clock, rng=adapters.rng)
    daemon: Daemon = Daemon(
        supervisor=supervisor,
        subscribers=subscribers,
        scheduler=scheduler,
        prober=prober,
        breaker_table=tuple(breakers),
        importer=to_importer,
        gatekeeper=gate_control,
        gate_watch=gate_control,
        cache=CacheControl(answers=cache, tally=tally.view, statuses=stores.statuses),
        curator=curator,
        operator=JobControl(
            stores=stores,
            writer=writer_handle,
            gates=gates,
            lanes=lanes,
            schedules=tuple(settings.schedules),
            here=settings.owner.node,
            clock=adapters.clock,
        ),
        pauser=pauser,
        schedule_desk=ScheduleControl(scheduler=scheduler, store=stores.schedule_plans, clock=adapters.clock),
        refresher=RefreshControl(statuses=stores.statuses, artists=curator, writer=writer_handle, clock=adapters.clock),
        advisor=AdviceControl(artists=curator, providers=adapters.providers, songs=stores.songs, fetcher=fetcher),
        freshness=FreshnessControl(
            store=stores.freshness,
            interests=stores.interest,
            artists=curator,
            schedules=tuple(settings.schedules),
            clock=adapters.clock,
        ),
        feed=feed,
        webhooks=webhooks,
        planner=PlanControl(
            store=stores.plans,
            schedules=stores.schedules,
            artists=curator,
            providers=adapters.providers,
            gates=gates,
            lanes=lanes,
            ledger=stores.ledger,
            clock=adapters.clock,
        ),
        songs=SongControl(store=stores.songs, uncertain=stores.reviews, writer=writer_handle, clock=adapters.clock),
        venues=VenueControl(store=stores.venues, writer=writer_handle, clock=adapters.clock),
    )
    return daemon


def call_keys(owner: Owner) -> Callable[[], str]:
    """Return a function that names each call in the ledger: unique over all nodes and runs."""
    numbers = itertools.count(1)
    return lambda: f"{owner.node}:{owner.epoch}:{next(numbers)}"


def adaptive(adapters: Adapters) -> Mapping[ProviderName, tuple[Fingerprint, Adaptive]]:
    """Return the clients that learn what their credentials can do."""
    return {
        client.provider: (adapters.links[client.provider].credential, client)
        for client in adapters.providers.every()
        if isinstance(client, Adaptive)
    }
