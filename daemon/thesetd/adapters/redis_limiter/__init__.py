"""Enforces call limits exactly for all nodes together, with a log of reservations in Redis.

Tested in tests/adapters/redis_limiter, tests/app
"""

from thesetd.adapters.redis_limiter.limiter import LimiterState, RedisLimiter
from thesetd.adapters.redis_limiter.log import RedisLog
from thesetd.adapters.redis_limiter.probe import LimitsProbe

__all__ = ["LimiterState", "LimitsProbe", "RedisLimiter", "RedisLog"]
