"""Caches answers in Redis, for all nodes.

    <prefix>:answer:<key>   hash: the stored bytes, the tags, when it was received; ends when it is no longer usable
    <prefix>:forgotten      sorted set: tag -> the moment up to which answers about it are forgotten
    <prefix>:claim:<key>    the node that is making the call; ends by itself

An answer is returned only if none of its tags was invalidated after its receipt. So an invalidation costs one entry,
however many answers it concerns, and needs no index that Redis might evict before the answers it lists. Moments are
those of the nodes' clocks: between nodes, invalidation is as exact as their clocks agree.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from thesetd.adapters.cache.memory import Kept
from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis.wire import RedisScript
from thesetd.domain.gate.cache_policy import LONGEST_S

PREFIX = "theset:cache"
TIMEOUT_S = 0.5  # for connecting and for each answer: beyond that, the provider itself is nearly as fast
CONNECTIONS = 2  # commands of many callers share a round trip

ANSWER_PARTS = 3

_KNOWN = """
local function known()
  local about = redis.call('HMGET', KEYS[1], 'tags', 'received_at')
  if not about[1] then return nil end
  for tag in string.gmatch(about[1], '[^\\n]+') do
    local moment = redis.call('ZSCORE', KEYS[2], tag)
    if moment and tonumber(moment) >= tonumber(about[2]) then
      redis.call('DEL', KEYS[1])
      return nil
    end
  end
  return about[2]
end
local function answer() return redis.call('HMGET', KEYS[1], 'stored', 'tags', 'received_at') end
"""
_GET = RedisScript(f"{_KNOWN} return known() and answer()")
_LOOK = RedisScript(f"""{_KNOWN}
local received = known()
if received and tonumber(received) >= tonumber(ARGV[1]) then return answer() end
local holder = redis.call('GET', KEYS[3])
local free = not holder or holder == ARGV[2]
if free then redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3]) end
return {{free and 1 or 0, received or false}}
""")
_PUT = RedisScript("""
redis.call('HSET', KEYS[1], 'stored', ARGV[1], 'tags', ARGV[2], 'received_at', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if redis.call('GET', KEYS[2]) == ARGV[5] then redis.call('DEL', KEYS[2]) end
""")
_CLAIM = RedisScript("""
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
""")
_RELEASE = RedisScript("if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end")


@attrs.frozen(kw_only=True)
class SharedLook:
    """An answer, or whether its call is claimed now; `older` is when an answer that is too old was received."""

    kept: Kept | None = None
    claimed: bool = False
    older: float | None = None


class SharedAnswers:
    """Answers by key; it connects by itself, and reconnects after every loss.

    Every method raises BusUnavailable if Redis does not answer; whether the command ran is then unknown.
    """

    def __init__(self, server: RedisServer, *, owner: str, prefix: str | None = None) -> None:
        """Prepare; nothing is connected yet.

        Args:
            server: the Redis to use.
            owner: the node's name, which distinguishes its claims from those of others.
            prefix: the beginning of every key; by default the same for all nodes of one database only.
        """
        self._owner = owner
        self._prefix = prefix or ":".join([PREFIX, *([server.mark] if server.mark else [])])
        self._link = server.link(timeout_s=TIMEOUT_S, connections=CONNECTIONS)

    async def get(self, key: str) -> Kept | None:
        """Return an answer that is not invalidated; None also if parts of it are missing."""
        found: Any = await self._link.run(_GET, [self._answer(key), self._forgotten])
        async with self._link.reading():
            return _kept(found) if found else None

    async def look(self, key: str, since: float, for_s: float) -> SharedLook:
        """Return an answer received at `since` or later and not invalidated, or else claim its call for `for_s`."""
        keys = [self._answer(key), self._forgotten, self._claimed(key)]
        found: Any = await self._link.run(_LOOK, keys, [repr(since), self._owner, int(for_s * 1000)])
        async with self._link.reading():
            if len(found) == ANSWER_PARTS:
                return SharedLook(kept=_kept(found))
            free, older = found
            return SharedLook(claimed=bool(free), older=None if older is None else float(older))

    async def put(self, key: str, kept: Kept, for_s: float) -> None:
        """Cache an answer for `for_s`, and release this node's claim on it."""
        lives_ms = max(1, int(for_s * 1000))
        values: list[Any] = [kept.stored, "\n".join(kept.tags), repr(kept.received_at), lives_ms, self._owner]
        await self._link.run(_PUT, [self._answer(key), self._claimed(key)], values)

    async def forget(self, marks: Mapping[str, float]) -> None:
        """Invalidate answers with these tags received no later than their moments (seconds since the epoch)."""
        await self._link.ask(self._add_marks, marks)

    async def forgotten_since(self, moment: float) -> dict[str, float]:
        """Return the tags that were invalidated since a moment, with their moments."""
        found: Any = await self._link.ask(
            self._link.client.zrangebyscore, self._forgotten, moment, "+inf", withscores=True
        )
        async with self._link.reading():
            return {tag.decode(): float(score) for tag, score in found}

    async def claim(self, key: str, for_s: float) -> bool:
        """Claim the call of this key, unless another node holds it."""
        return bool(await self._link.run(_CLAIM, [self._claimed(key)], [self._owner, int(for_s * 1000)]))

    async def release(self, key: str) -> None:
        """Release this node's claim."""
        await self._link.run(_RELEASE, [self._claimed(key)], [self._owner])

    async def aclose(self) -> None:
        """Close the connections."""
        await self._link.aclose()

    async def _add_marks(self, marks: Mapping[str, float]) -> None:
        async with self._link.client.pipeline(transaction=True) as pipe:
            pipe.zadd(self._forgotten, dict(marks), gt=True)
            pipe.zremrangebyscore(self._forgotten, "-inf", max(marks.values()) - LONGEST_S)
            await pipe.execute()

    def _answer(self, key: str) -> str:
        return f"{self._prefix}:answer:{key}"

    def _claimed(self, key: str) -> str:
        return f"{self._prefix}:claim:{key}"

    @property
    def _forgotten(self) -> str:
        return f"{self._prefix}:forgotten"


def _kept(found: Sequence[Any]) -> Kept | None:
    """Return the answer of these parts; None if one of them is missing."""
    if None in found:
        return None
    stored, tags, received_at = found
    return Kept(stored=stored, tags=tuple(tags.decode().split("\n")), received_at=float(received_at))
