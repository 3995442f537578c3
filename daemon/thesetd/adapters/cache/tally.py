"""Counts how often the cache answered, by layer and endpoint, since the start, for operators."""

from collections import Counter
from typing import Any

from thesetd.domain.facts import CacheLooked, Fact, StaleServed

_LAYERS = ("memory", "redis", "flight")


class CacheTally:
    """Counts facts; see `thesetd.ports.observer.Observer`."""

    def __init__(self) -> None:
        """Start at zero."""
        self._looked: Counter[tuple[str, str, str, str]] = Counter()
        self._stale: Counter[tuple[str, str]] = Counter()

    def notify(self, fact: Fact) -> None:
        """Count one fact."""
        match fact:
            case CacheLooked():
                self._looked[fact.provider, fact.endpoint, fact.layer, fact.outcome] += 1
            case StaleServed():
                self._stale[fact.provider, fact.endpoint] += 1
            case _:
                pass

    def view(self) -> dict[str, Any]:
        """Return hits by layer, misses and the share of hits, of each endpoint and of all (`hit_rate`)."""
        rows = [self._row(*endpoint) for endpoint in sorted({key[:2] for key in self._looked})]
        total = {name: sum(row[name] for row in rows) for name in (*_LAYERS, "misses")}
        return {
            "hit_rate": _part(sum(total[layer] for layer in _LAYERS), sum(total.values())),
            **{f"{layer}_hits": total[layer] for layer in _LAYERS},
            "misses": total["misses"],
            "endpoints": rows,
        }

    def _row(self, provider: str, endpoint: str) -> dict[str, Any]:
        looked = {key[2:]: count for key, count in self._looked.items() if key[:2] == (provider, endpoint)}
        hits = {layer: looked.get((layer, "hit"), 0) for layer in _LAYERS}
        misses = sum(looked.values()) - sum(hits.values())
        return {
            "provider": provider,
            "endpoint": endpoint,
            **hits,
            "misses": misses,
            "stale_served": self._stale[provider, endpoint],
            "hit_rate": _part(sum(hits.values()), sum(looked.values())),
        }


def _part(hits: int, all_: int) -> float:
    return round(hits / all_, 4) if all_ else 0.0
