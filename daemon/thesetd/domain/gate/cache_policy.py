"""Decides how long a provider's answer may be reused, by endpoint. Answers of endpoints without a row are never cached.

    age     0 ........ refresh_s ........ fresh_s ........ usable_s
    given   at once    at once, and       only when the    never
                       refreshed          provider is
                       meanwhile          unavailable

The fresh times are in the rows of the endpoints, with their sources. How long an entry may be served as stale-if-error
depends on its topic: shows change within hours, setlists are edited in the hours after the concert, everything else may
be a day old. The terms of Ticketmaster and setlist.fm allow no more than short, reasonable periods.
"""

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import attrs

from thesetd.domain.errors import ConfigError
from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.gate.endpoints import Endpoint, Topic

HOUR_S, DAY_S = 3600.0, 86400.0
LONGEST_S = 7 * DAY_S  # no older answer is used, whatever is configured: catalogues are read again weekly
REFRESH_PART = 0.8  # share of the fresh time: a request in the last fifth triggers a refresh
NEGATIVE_S = 120.0  # "not found" may soon be wrong: a page just created, an artist just announced

_THERE_IS_NONE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})  # 400: a malformed id


_USABLE_S = {
    Topic.PROFILE: DAY_S,
    Topic.CATALOG: DAY_S,
    Topic.SHOWS: 6 * HOUR_S,
    Topic.SETLISTS: HOUR_S,
}


@attrs.frozen(kw_only=True)
class Lifetime:
    """The ages, in seconds since the answer was received, at which its use changes; see the module's table.

    `negative_s` stands for all three if the answer says that nothing exists.
    """

    endpoint: Endpoint
    fresh_s: float
    refresh_s: float
    usable_s: float
    negative_s: float = NEGATIVE_S

    @classmethod
    def lasting(
        cls, endpoint: Endpoint, fresh_s: float, *, refresh_part: float = REFRESH_PART, negative_s: float = NEGATIVE_S
    ) -> "Lifetime":
        """Return the default lifetime for an endpoint whose answers are fresh for `fresh_s`."""
        return cls(
            endpoint=endpoint,
            fresh_s=fresh_s,
            refresh_s=refresh_part * fresh_s,
            usable_s=max(fresh_s, _USABLE_S[endpoint.topic]),
            negative_s=negative_s,
        )

    def __str__(self) -> str:
        """Return the form that operators read."""
        if not self.fresh_s:
            return "not kept"
        times = (f"{getattr(self, name):g} s" for name in ("fresh_s", "refresh_s", "usable_s", "negative_s"))
        return "fresh {}, refresh after {}, stale-if-error {}, negative {}".format(*times)

    def ages(self, response: Response) -> tuple[float, float, float] | None:
        """Return the ages at which this answer should be refreshed, stops being fresh, and stops being usable.

        None means that the answer must not be cached, whatever the endpoint.
        """
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return (self.refresh_s, self.fresh_s, self.usable_s)
        if response.status in _THERE_IS_NONE:
            return (self.negative_s, self.negative_s, self.negative_s)
        return None

    def faults(self) -> list[str]:
        """Return its faults, each as "key: why"."""
        found = []
        for name, least in (("fresh_s", 0.0), ("refresh_s", 0.0), ("usable_s", self.fresh_s), ("negative_s", 0.0)):
            seconds = getattr(self, name)
            if not least <= seconds <= LONGEST_S:
                found.append(f"{name}: {seconds:g} is not between {least:g} and {LONGEST_S:g} seconds")
        return found


LifetimeTable = Mapping[str, Mapping[str, Lifetime]]  # by provider and endpoint


def usual(
    endpoints: Iterable[Endpoint], *, refresh_part: float = REFRESH_PART, negative_s: float = NEGATIVE_S
) -> dict[str, dict[str, Lifetime]]:
    """Return the default lifetimes of endpoints."""
    table = dict[str, dict[str, Lifetime]]()
    for one in endpoints:
        lifetime = Lifetime.lasting(one, one.fresh_s, refresh_part=refresh_part, negative_s=negative_s)
        table.setdefault(one.provider, {})[one.name] = lifetime
    return table


@attrs.define
class Lifetimes:
    """The lifetimes in force; the table may be replaced at any time."""

    table: LifetimeTable

    def of(self, request: Request) -> Lifetime | None:
        """Return the lifetime of the answer to a request, None if it must not be cached."""
        lifetime = self.table.get(request.provider, {}).get(request.endpoint)
        return lifetime if lifetime is not None and lifetime.fresh_s > 0 else None


def configured(
    endpoints: Iterable[Endpoint],
    wishes: Mapping[str, Any],
    *,
    refresh_part: float = REFRESH_PART,
    negative_s: float = NEGATIVE_S,
) -> LifetimeTable:
    """Apply an operator's overrides to the defaults.

    Args:
        endpoints: all endpoints.
        wishes: by provider and endpoint, the fresh time in seconds (0: never cached; the other times are derived as in
            the defaults), or a table of `fresh_s`, `refresh_s`, `usable_s`, `negative_s`.
        refresh_part: the share of the fresh time after which a response is refreshed in the background.
        negative_s: how long "not found" is cached, in seconds.

    Raises:
        ConfigError: with every fault and its path below `cache.lifetimes`.
    """
    table, faults = usual(endpoints, refresh_part=refresh_part, negative_s=negative_s), list[str]()
    for provider, wished in wishes.items():
        path = f"cache.lifetimes.{provider}"
        if provider not in table:
            faults.append(f"{path}: no such provider; expected one of {', '.join(table)}")
        elif not isinstance(wished, Mapping):
            faults.append(f"{path}: must be a table of endpoints")
        else:
            faults.extend(f"{path}.{fault}" for fault in _lay(table[provider], wished, refresh_part))
    if faults:
        raise ConfigError(faults)
    return table


def _lay(table: dict[str, Lifetime], wishes: Mapping[str, Any], refresh_part: float) -> Iterator[str]:
    """Apply overrides to one provider's lifetimes; return the faults."""
    for endpoint, wish in wishes.items():
        if endpoint not in table:
            yield f"{endpoint}: no such endpoint; expected one of {', '.join(table)}"
            continue
        try:
            table[endpoint] = _wished(table[endpoint], wish, refresh_part)
        except ValueError as error:
            yield f"{endpoint}: {error}"
        else:
            yield from (f"{endpoint}.{fault}" for fault in table[endpoint].faults())


def _wished(default: Lifetime, wish: Any, refresh_part: float) -> Lifetime:
    times = dict(wish) if isinstance(wish, Mapping) else {"fresh_s": wish}
    known = {field.name for field in attrs.fields(Lifetime)} - {"endpoint"}
    if unknown := sorted(times.keys() - known):
        raise ValueError(f"no such key: {', '.join(unknown)}; expected one of {', '.join(sorted(known))}")
    try:
        seconds: dict[str, Any] = {n: float(value) for n, value in times.items() if not isinstance(value, bool)}
    except (TypeError, ValueError):
        seconds = {}
    if seconds.keys() != times.keys():
        raise ValueError(f"expected seconds, not {wish!r}")
    base = default
    if "fresh_s" in seconds:
        base = Lifetime.lasting(
            default.endpoint, seconds["fresh_s"], refresh_part=refresh_part, negative_s=default.negative_s
        )
    return attrs.evolve(base, **seconds)
