"""Everything that must outlive the process: a record of ports, one file each (`stores.outbox.last_seq()`)."""

import attrs

from thesetd.ports.freshness import FreshnessStore, InterestStore, PlanningStore, TimedStore
from thesetd.ports.gate import CapabilityMemory, Ledger
from thesetd.ports.songs import ReviewStore, SongStore
from thesetd.ports.store.batches import BatchStore
from thesetd.ports.store.changes import ChangeStore
from thesetd.ports.store.identities import IdentityStore
from thesetd.ports.store.jobs import Claimed, JobStore
from thesetd.ports.store.nodes import Heartbeat, Hint, HintKind, NodeStore
from thesetd.ports.store.outbox import OutboxStore
from thesetd.ports.store.pages import LastEdit, PageStore
from thesetd.ports.store.pauses import Busy, Pause, PauseStore
from thesetd.ports.store.repertoires import ForecastStore, Repertoire, RepertoireStore, StoredCatalogue
from thesetd.ports.store.schedules import PlanStore, ScheduleRow, ScheduleStore
from thesetd.ports.store.snapshots import SnapshotStore
from thesetd.ports.store.statuses import StatusStore
from thesetd.ports.store.webhooks import Due, WebhookLedger, WebhookQueue, WebhookTurn
from thesetd.ports.survey import SurveyStore
from thesetd.ports.venues import VenueStore

__all__ = [
    "BatchStore",
    "Busy",
    "ChangeStore",
    "Claimed",
    "Due",
    "ForecastStore",
    "Heartbeat",
    "Hint",
    "HintKind",
    "IdentityStore",
    "JobStore",
    "LastEdit",
    "NodeStore",
    "OutboxStore",
    "PageStore",
    "Pause",
    "PauseStore",
    "PlanStore",
    "Repertoire",
    "RepertoireStore",
    "ScheduleRow",
    "ScheduleStore",
    "SnapshotStore",
    "StatusStore",
    "StoredCatalogue",
    "Stores",
    "WebhookLedger",
    "WebhookQueue",
    "WebhookTurn",
]


@attrs.frozen(kw_only=True)
class Stores:
    """All ports of the store; an actor takes those that it needs."""

    batches: BatchStore
    changes: ChangeStore
    webhook_queue: WebhookQueue
    webhook_ledger: WebhookLedger
    jobs: JobStore
    nodes: NodeStore
    outbox: OutboxStore
    pauses: PauseStore
    schedules: ScheduleStore
    schedule_plans: PlanStore
    snapshots: SnapshotStore
    statuses: StatusStore
    repertoires: RepertoireStore
    forecasts: ForecastStore
    identities: IdentityStore
    songs: SongStore
    venues: VenueStore
    reviews: ReviewStore
    pages: PageStore
    freshness: FreshnessStore
    interest: InterestStore
    plans: PlanningStore
    timings: TimedStore
    surveys: SurveyStore
    ledger: Ledger
    capabilities: CapabilityMemory
