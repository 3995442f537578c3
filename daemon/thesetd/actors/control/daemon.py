"""The running daemon as its listeners see it: accepts work, and shows its state to operators."""

import attrs
import trio

from thesetd.actors.asking import LostReply, ask
from thesetd.actors.change_feed import ChangeFeed
from thesetd.actors.control.pauses import Pauser
from thesetd.actors.control.subscribers import Subscribers
from thesetd.actors.messages import Submit, ToImporter
from thesetd.actors.scheduler import Scheduler
from thesetd.actors.supervision.prober import Prober
from thesetd.actors.supervision.supervisor import Supervisor
from thesetd.actors.webhooks import Webhooks
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.ids import JobId
from thesetd.domain.music.reference import parse_reference
from thesetd.domain.work.accepted import Accepted
from thesetd.ports.control import Advisor, CacheKeeper, Curator, Gatekeeper, Operator, Refresher, ScheduleDesk
from thesetd.ports.freshness import FreshnessDesk, Planner
from thesetd.ports.songs import SongDesk
from thesetd.ports.surface.daemon import ActorView, BreakerView, ScheduleView
from thesetd.ports.survey import GateWatch
from thesetd.ports.venues import VenueDesk


@attrs.frozen(kw_only=True)
class Daemon:
    """Implements `Intake` and `Overview` of `thesetd.ports.control`."""

    supervisor: Supervisor
    subscribers: Subscribers
    scheduler: Scheduler
    prober: Prober
    breaker_table: tuple[Breaker, ...]
    importer: trio.MemorySendChannel[ToImporter]
    gatekeeper: Gatekeeper
    gate_watch: GateWatch
    cache: CacheKeeper
    operator: Operator
    curator: Curator
    songs: SongDesk
    venues: VenueDesk
    freshness: FreshnessDesk
    refresher: Refresher
    advisor: Advisor
    planner: Planner
    feed: ChangeFeed
    webhooks: Webhooks
    pauser: Pauser
    schedule_desk: ScheduleDesk

    def stop(self) -> None:
        """Begin an orderly shutdown: event streams end, then the actors, last started first."""
        self.subscribers.close()
        self.feed.close()
        self.supervisor.stop()

    async def submit(self, reference: str, request_id: str | None = None) -> Accepted:
        """Accept an import; see `Intake`."""
        ref = parse_reference(reference)
        try:
            return await ask(lambda reply: self.importer.send(Submit(ref=ref, request_id=request_id, reply=reply)))
        except LostReply:
            raise StoreUnavailable("the importer restarted: ask again") from None

    async def run_schedule(self, name: str) -> JobId:
        """Fire a schedule now; see `Intake`."""
        return await self.scheduler.run_now(name)

    def actors(self) -> tuple[ActorView, ...]:
        """List the actors in start order."""
        return self.supervisor.views()

    def breakers(self) -> tuple[BreakerView, ...]:
        """List the breakers."""
        now = trio.current_time()
        return tuple(
            BreakerView(name=b.name, state=b.state.value, failures=b.failures, retry_in_s=b.retry_in_s(now))
            for b in self.breaker_table
        )

    async def schedules(self) -> tuple[ScheduleView, ...]:
        """List the schedules with their plans."""
        return await self.scheduler.overview()

    def dependencies(self) -> dict[str, str]:
        """Return the last verdict of each probe; see `Overview`."""
        return self.prober.verdicts

    def readiness(self) -> dict[str, str]:
        """Return which parts work, which fail, which are held and which are paused; see `Overview`."""
        found = self.dependencies()
        found |= {f"provider {name}": text for name, text in self.gatekeeper.providers().items()}
        found |= {f"pause of {what}": f"since {at:%Y-%m-%d %H:%M:%S} UTC" for what, at in self.pauser.paused.items()}
        return found | {f"actor {a.name}": a.trouble for a in self.actors() if a.trouble}
