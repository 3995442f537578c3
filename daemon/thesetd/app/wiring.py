"""The architecture, to be read from top to bottom: breakers, channels with their sizes, then the actors in start order.

Wiring keeps the original ends of every channel and the state that must outlive a crash (mailboxes, limiters, breakers,
subscribers); an actor works on clones and is made anew by its child spec.
"""

import random
from collections.abc import Awaitable, Callable, Mapping

import attrs
import trio

from thesetd.actors.asking import Fetcher, WriterHandle
from thesetd.actors.broadcaster import Broadcaster, Subscribers
from thesetd.actors.guard import Guard
from thesetd.actors.importer import Importer
from thesetd.actors.lanes import LaneMailbox
from thesetd.actors.messages import Publish, ToImporter, Write
from thesetd.actors.pool import Pool
from thesetd.actors.scheduler import Scheduler
from thesetd.actors.supervisor import ChildSpec, Supervisor
from thesetd.actors.work import Providers, Reading, Tools
from thesetd.actors.writer import Writer
from thesetd.adapters.providers.spec import ProviderSettings
from thesetd.app.daemon import Daemon
from thesetd.domain.breaker import Breaker
from thesetd.domain.errors import BusUnavailable, StoreUnavailable, ThesetdError, Unavailable
from thesetd.domain.ids import ProviderName
from thesetd.domain.limiter import SlidingLog
from thesetd.domain.schedules import Schedule
from thesetd.ports.bus import Publisher
from thesetd.ports.clock import Clock
from thesetd.ports.observer import Observer
from thesetd.ports.store import BatchStore, JobStore, RepertoireStore, ScheduleStore, StatusStore
from thesetd.ports.transport import Transport

WRITES = 64  # batches on their way; a job waits for its own, so this is about two per running job
EVENTS = 1024  # messages of committed events: the broadcaster is at most this far behind the writer
INTAKE = 64  # requests for imports that nobody has looked at yet


def own_server(name: str) -> Breaker:
    """Make the breaker of an actor that depends on a server of our own: those come back within seconds."""
    return Breaker(name=name, rest_s=1.0, longest_rest_s=5.0)


class Store(BatchStore, JobStore, StatusStore, ScheduleStore, RepertoireStore):
    """Everything that must outlive the process, as one object."""


@attrs.frozen(kw_only=True)
class Outside:
    """What the actors meet of the outside; the simulation passes another."""

    store: Store
    bus: Publisher
    transports: Mapping[ProviderName, Transport]
    providers: Providers
    clock: Clock
    rng: random.Random


@attrs.frozen(kw_only=True)
class Slices:
    """What the actors need of the configuration."""

    node: str
    settings: Mapping[str, ProviderSettings]
    schedules: Mapping[str, Schedule]


def wire(
    slices: Slices, outside: Outside, observer: Observer, listeners: Mapping[str, Callable[[Daemon], Awaitable[None]]]
) -> Daemon:
    """Join everything; `listeners` are started last and stopped first."""
    breakers: list[Breaker] = []

    def guard(breaker: Breaker, counted: type[ThesetdError]) -> Guard:
        breakers.append(breaker)
        return Guard(breaker, counted, observer)

    to_writer, writer_mailbox = trio.open_memory_channel[Write](WRITES)
    to_broadcaster, broadcaster_mailbox = trio.open_memory_channel[Publish](EVENTS)
    to_importer, importer_mailbox = trio.open_memory_channel[ToImporter](INTAKE)
    lanes = {name: LaneMailbox() for name in outside.transports}
    subscribers = Subscribers(observer)

    writer_handle = WriterHandle(to_writer)
    tools = Tools(
        fetcher=Fetcher(lanes),
        writer=writer_handle,
        providers=outside.providers,
        reading=Reading(statuses=outside.store, schedules=outside.store, repertoires=outside.store),
        clock=outside.clock,
        observer=observer,
    )

    broadcaster = Broadcaster(
        broadcaster_mailbox,
        subscribers=subscribers,
        publisher=outside.bus,
        guard=guard(own_server("broadcaster"), BusUnavailable),
        observer=observer,
    )
    writer = Writer(
        writer_mailbox,
        to_broadcaster,
        to_importer,
        store=outside.store,
        guard=guard(own_server("writer"), StoreUnavailable),
        observer=observer,
    )
    pools = {
        name: Pool(
            name,
            mailbox=lanes[name],
            transport=transport,
            limiter=SlidingLog(slices.settings[name].limits),
            guard=guard(Breaker(name=name), Unavailable),
            concurrency=slices.settings[name].concurrency,
            observer=observer,
            rng=outside.rng,
        )
        for name, transport in outside.transports.items()
    }
    importer = Importer(importer_mailbox, jobs=outside.store, tools=tools, node=slices.node)
    scheduler = Scheduler(
        slices.schedules, store=outside.store, writer=writer_handle, clock=outside.clock, observer=observer
    )

    def listening(serve: Callable[[Daemon], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        return lambda: serve(daemon)

    supervisor = Supervisor(
        [
            ChildSpec(
                name="broadcaster",
                run=broadcaster.run,
                mailbox=lambda: broadcaster_mailbox.statistics().current_buffer_used,
            ),
            ChildSpec(name="writer", run=writer.run, mailbox=lambda: writer_mailbox.statistics().current_buffer_used),
            *(ChildSpec(name=name, run=pool.run, mailbox=lanes[name].__len__) for name, pool in pools.items()),
            ChildSpec(
                name="importer", run=importer.run, mailbox=lambda: importer_mailbox.statistics().current_buffer_used
            ),
            ChildSpec(name="scheduler", run=scheduler.run),
            *(ChildSpec(name=name, run=listening(serve)) for name, serve in listeners.items()),
        ],
        observer=observer,
    )
    daemon: Daemon = Daemon(
        supervisor=supervisor,
        subscribers=subscribers,
        scheduler=scheduler,
        statuses=outside.store,
        bus=outside.bus,
        breaker_table=tuple(breakers),
        importer=to_importer,
    )
    return daemon
