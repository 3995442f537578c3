"""What the control socket and the read-only listener may request from the running daemon."""

from thesetd.ports.control.advisor import Advisor
from thesetd.ports.control.cache import CacheKeeper
from thesetd.ports.control.curator import Curator
from thesetd.ports.control.feed import Feed
from thesetd.ports.control.intake import Intake
from thesetd.ports.control.jobs import Operator
from thesetd.ports.control.limits import Gatekeeper
from thesetd.ports.control.live import Lagged, Live, Subscription, Take
from thesetd.ports.control.overview import Overview
from thesetd.ports.control.refresher import Refresher
from thesetd.ports.control.reload import Reloader
from thesetd.ports.control.schedules import ScheduleDesk
from thesetd.ports.control.webhooks import WebhookDesk

__all__ = [
    "Advisor",
    "CacheKeeper",
    "Curator",
    "Feed",
    "Gatekeeper",
    "Intake",
    "Lagged",
    "Live",
    "Operator",
    "Overview",
    "Refresher",
    "Reloader",
    "ScheduleDesk",
    "Subscription",
    "Take",
    "WebhookDesk",
]
