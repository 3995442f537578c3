"""What an operator is shown of the cache."""

from thesetd.adapters.cache.tally import CacheTally
from thesetd.domain.facts import CacheLooked, ScheduleFired, StaleServed
from thesetd.domain.ids import SETLISTFM, SPOTIFY, JobId, ProviderName


def looked(provider: ProviderName, endpoint: str, layer: str, outcome: str) -> CacheLooked:
    """Make a fact."""
    return CacheLooked(provider=provider, endpoint=endpoint, layer=layer, outcome=outcome)


def test_hits_are_counted_by_layer_and_endpoint():
    """Fresh answers are hits; stale ones and none are misses; other facts change nothing."""
    tally = CacheTally()
    assert tally.view() == {
        "hit_rate": 0.0, "memory_hits": 0, "redis_hits": 0, "flight_hits": 0, "misses": 0, "endpoints": []
    }  # fmt: skip
    for layer, outcome in (("memory", "hit"), ("memory", "hit"), ("redis", "hit"), ("flight", "hit")):
        tally.notify(looked(SPOTIFY, "artist", layer, outcome))
    tally.notify(looked(SPOTIFY, "artist", "memory", "stale"))
    tally.notify(looked(SETLISTFM, "setlist", "none", "miss"))
    tally.notify(StaleServed(provider=SPOTIFY, endpoint="artist", age_s=1.0, error="x"))
    tally.notify(ScheduleFired(schedule="s", job_id=JobId(1)))
    view = tally.view()
    assert (view["hit_rate"], view["memory_hits"], view["redis_hits"], view["flight_hits"], view["misses"]) == (
        round(4 / 6, 4), 2, 1, 1, 2
    )  # fmt: skip
    assert view["endpoints"] == [
        {
            "provider": "setlistfm",
            "endpoint": "setlist",
            "memory": 0,
            "redis": 0,
            "flight": 0,
            "misses": 1,
            "stale_served": 0,
            "hit_rate": 0.0,
        },
        {
            "provider": "spotify",
            "endpoint": "artist",
            "memory": 2,
            "redis": 1,
            "flight": 1,
            "misses": 1,
            "stale_served": 1,
            "hit_rate": 0.8,
        },
    ]
