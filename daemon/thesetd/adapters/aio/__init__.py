"""The asyncio loop inside trio, which asyncpg and redis-py need, and the one way into it."""

from thesetd.adapters.aio.bridge import AsyncioBridge, open_loop

__all__ = ["AsyncioBridge", "open_loop"]
