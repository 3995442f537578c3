"""Keeps call limits exactly for all nodes together, in a log of reservations in Redis."""

from thesetd.adapters.redis_limiter.limiter import RedisLimiter, State
from thesetd.adapters.redis_limiter.log import RedisLog

__all__ = ["RedisLimiter", "RedisLog", "State"]
