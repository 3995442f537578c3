"""How long answers serve, and what an operator may change of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.providers.registry import ENDPOINTS
from thesetd.domain.errors import ConfigError
from thesetd.domain.gate.cache_policy import LONGEST_S, Lifetime, Lifetimes, configured, usual
from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.gate.endpoints import Endpoint
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, ProviderName


def ages(lifetimes: Lifetimes, provider: ProviderName, endpoint: str, status: int = 200) -> Any:
    """Return the ages of an answer, None where it is not kept."""
    lifetime = lifetimes.of(Request(provider=provider, endpoint=endpoint, path="x"))
    response = Response(status=status, headers={}, received_at=datetime(2026, 1, 1, tzinfo=UTC))
    return lifetime.ages(response) if lifetime else None


@pytest.mark.parametrize(
    ("provider", "endpoint", "fresh_s"),
    [
        (SPOTIFY, "search-artists", 1800),
        (SPOTIFY, "artist", 3600),
        (SPOTIFY, "top-tracks", 1800),
        (SPOTIFY, "artist-albums", 1800),
        (SPOTIFY, "albums-several", 1800),
        (SPOTIFY, "album-tracks", 1800),
        (SPOTIFY, "recommendations", 900),
        (SPOTIFY, "audio-features", 3600),
        (TICKETMASTER, "events", 900),
        (TICKETMASTER, "event", 1800),
        (TICKETMASTER, "attractions", 3600),
        (SETLISTFM, "artists", 1800),
        (SETLISTFM, "setlist", 3600),
        (SETLISTFM, "artist-setlists", 1800),
        (SETLISTFM, "edited-setlists", 60),
    ],
)
def test_answers_are_fresh_for_the_documented_time(provider: ProviderName, endpoint: str, fresh_s: int):
    """The defaults are the table that TheSet documents; "there is none" lasts two minutes everywhere."""
    refresh, fresh, usable = ages(Lifetimes(usual(ENDPOINTS)), provider, endpoint)
    assert fresh == fresh_s
    assert refresh == 0.8 * fresh_s
    assert usable >= fresh
    assert ages(Lifetimes(usual(ENDPOINTS)), provider, endpoint, status=404) == (120.0, 120.0, 120.0)


@pytest.mark.parametrize(("endpoint", "hours"), [("events", 6), ("event", 6)])
def test_shows_serve_in_need_for_six_hours(endpoint: str, hours: int):
    """Older shows are not given, whatever is wrong with the provider."""
    assert ages(Lifetimes(usual(ENDPOINTS)), TICKETMASTER, endpoint)[2] == hours * 3600


def test_every_default_is_in_order():
    """Refreshing comes before the end of the fresh time, that before the end of all use; nothing lasts over a week."""
    assert [
        fault for table in usual(ENDPOINTS).values() for lifetime in table.values() for fault in lifetime.faults()
    ] == []


def test_an_operator_may_change_times():
    """A number is the fresh time, and the others follow; a table sets each; 0 keeps nothing; the rest stays."""
    lifetimes = Lifetimes(
        configured(
            ENDPOINTS,
            {"spotify": {"artist": 7200, "album": "0"}, "setlistfm": {"setlist": {"usable_s": 7200, "negative_s": 5}}},
        )
    )
    assert ages(lifetimes, SPOTIFY, "artist") == (5760.0, 7200.0, 86400.0)
    assert ages(lifetimes, SPOTIFY, "album") is None
    assert ages(lifetimes, SETLISTFM, "setlist") == (2880.0, 3600.0, 7200.0)
    assert ages(lifetimes, SETLISTFM, "setlist", status=404) == (5.0, 5.0, 5.0)
    assert ages(lifetimes, TICKETMASTER, "events") == ages(Lifetimes(usual(ENDPOINTS)), TICKETMASTER, "events")


def test_an_operator_may_change_when_all_are_fetched_anew():
    """The part of the fresh time, and the time of "there is none", hold where nothing else is said."""
    lifetimes = Lifetimes(configured(ENDPOINTS, {"spotify": {"artist": 600}}, refresh_part=0.5, negative_s=30))
    assert ages(lifetimes, SPOTIFY, "artist")[0] == 300.0
    assert ages(lifetimes, SPOTIFY, "album")[0] == 900.0
    assert ages(lifetimes, SPOTIFY, "artist", status=404)[0] == ages(lifetimes, SPOTIFY, "album", status=404)[0] == 30.0


def test_an_operator_can_read_what_is_in_force():
    """One line says all four times, or that nothing is kept."""
    table = configured(ENDPOINTS, {"spotify": {"artist": 0}})
    assert str(table["spotify"]["artist"]) == "not kept"
    assert str(table["spotify"]["album"]) == (
        "fresh 1800 s, refresh after 1440 s, stale-if-error 86400 s, negative 120 s"
    )


def test_every_fault_is_named_with_its_path():
    """Unknown providers and endpoints, nonsense, negative and endless times are told all at once."""
    with pytest.raises(ConfigError) as caught:
        configured(
            ENDPOINTS,
            {
                "spotify": {
                    "artist": -1,
                    "album": "soon",
                    "nothing": 1,
                    "album-tracks": {"fresh": 1},
                    "top-tracks": True,
                },
                "setlistfm": {"setlist": {"fresh_s": 3600, "usable_s": 60}, "artist": 9e9},
                "lastfm": {"artist": 3},
                "ticketmaster": 3,
            },
        )
    starts = [fault.split(": ")[0] for fault in caught.value.faults]
    assert starts == [
        "cache.lifetimes.spotify.artist.fresh_s",
        "cache.lifetimes.spotify.artist.refresh_s",
        "cache.lifetimes.spotify.album",
        "cache.lifetimes.spotify.nothing",
        "cache.lifetimes.spotify.album-tracks",
        "cache.lifetimes.spotify.top-tracks",
        "cache.lifetimes.setlistfm.setlist.usable_s",
        "cache.lifetimes.setlistfm.artist.fresh_s",
        "cache.lifetimes.setlistfm.artist.refresh_s",
        "cache.lifetimes.setlistfm.artist.usable_s",
        "cache.lifetimes.lastfm",
        "cache.lifetimes.ticketmaster",
    ]


@given(st.sampled_from(ENDPOINTS), st.floats(0, LONGEST_S), st.integers(100, 999))
def test_ages_are_in_order(endpoint: Endpoint, fresh_s: float, status: int):
    """Whatever the lifetime and the status: refresh, end of freshness and end of use come in this order, or not."""
    found = Lifetime.lasting(endpoint, fresh_s).ages(
        Response(status=status, headers={}, received_at=datetime(2026, 1, 1, tzinfo=UTC))
    )
    assert found is None or 0 <= found[0] <= found[1] <= found[2] <= LONGEST_S
