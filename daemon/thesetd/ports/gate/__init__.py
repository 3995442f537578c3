"""The parts between a call and its provider: cache, penalty, limits, ledger; shared by all nodes if possible."""

from thesetd.ports.gate.breaker import BreakerPort
from thesetd.ports.gate.cache import Cached, CacheInvalidation, CacheLook, JobCache, MeasuredCache, ResponseCache
from thesetd.ports.gate.capabilities import CapabilityMemory, Learned
from thesetd.ports.gate.ledger import CallRecord, Ledger
from thesetd.ports.gate.limiter import ControlledLimiter, KnownLimits, LimitControl, Limiter, Slots
from thesetd.ports.gate.penalties import PenaltyBox

__all__ = [
    "BreakerPort",
    "CacheInvalidation",
    "CacheLook",
    "Cached",
    "CallRecord",
    "CapabilityMemory",
    "ControlledLimiter",
    "JobCache",
    "KnownLimits",
    "Learned",
    "Ledger",
    "LimitControl",
    "Limiter",
    "MeasuredCache",
    "PenaltyBox",
    "ResponseCache",
    "Slots",
]
