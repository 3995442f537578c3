"""The plan of a catalogue is the cheapest that a profile allows, and its count is that of the calls."""

from functools import reduce

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotify_calls import import_cost
from thesetd.adapters.providers.spotify import SpotifyClient, SpotifySettings
from thesetd.adapters.providers.spotify.plan import OWN_GROUPS, lists_of
from thesetd.adapters.providers.spotify.profile import CAPABILITIES, DEVELOPMENT, EXTENDED, Profile

RELEASES = st.fixed_dictionaries({group: st.integers(0, 300) for group in OWN_GROUPS})
SONGS = st.lists(st.integers(0, 250), max_size=300)


def without(gone: set[str]) -> Profile:
    """Return what is left."""
    return reduce(Profile.without, gone, EXTENDED)


PROFILES = st.sets(st.sampled_from(sorted(CAPABILITIES))).map(without)


@pytest.mark.parametrize(
    ("profile", "releases", "songs", "parts"),
    [
        (EXTENDED, {"album": 30, "single": 48, "compilation": 3}, [14] * 79 + [51, 244], (1, 2, 5, 1 + 4, 1)),
        (
            DEVELOPMENT,
            {"album": 30, "single": 48, "compilation": 3},
            [14] * 79 + [51, 244],
            (1, 3 + 5 + 1, 81, 1 + 4, 0),
        ),
        (EXTENDED, {}, [], (1, 1, 0, 0, 1)),
        (DEVELOPMENT, {}, [], (1, 3, 0, 0, 0)),
        (EXTENDED, {"album": 50}, [50] * 20, (1, 1, 1, 0, 1)),
        (EXTENDED, {"album": 51}, [50] * 21, (1, 2, 2, 0, 1)),
    ],
)
def test_the_count(profile: Profile, releases: dict[str, int], songs: list[int], parts: tuple[int, ...]):
    """Search, pages of the lists, albums, songs that do not come with their album, and which of them are popular."""
    cost = import_cost(profile, releases, songs)
    assert attrs.astuple(cost) == parts
    assert cost.total == sum(parts)


@given(profile=PROFILES, releases=RELEASES, songs=SONGS)
def test_nothing_allowed_is_cheaper(profile: Profile, releases: dict[str, int], songs: list[int]):
    """Of all ways that the profile allows, one list or three and batches or single albums, the plan is the cheapest."""
    cost = import_cost(profile, releases, songs)
    by_group = sum(max(1, -(-releases[group] // profile.page_limit)) for group in OWN_GROUPS)
    together = max(1, -(-sum(releases.values()) // profile.page_limit))
    named_groups = profile.page_limit == EXTENDED.page_limit
    assert cost.lists == (min(by_group, together) if named_groups else by_group)
    assert cost.albums == (min(len(songs), -(-len(songs) // 20)) if profile.batch else len(songs))
    assert cost.total - cost.popular <= import_cost(DEVELOPMENT, releases, songs).total


@given(profile=PROFILES, count=st.integers(0, 100))
def test_the_client_makes_the_calls_that_are_counted(profile: Profile, count: int):
    """As many lists and calls for albums as the plan says."""
    client = SpotifyClient(SpotifySettings())
    client.restore(profile.gone)
    assert client.profile == profile
    assert len(client.artist_albums("a")) == len(lists_of(profile))
    assert len(client.albums([f"id{n}" for n in range(count)])) == import_cost(profile, {}, [1] * count).albums


@pytest.mark.parametrize("capability", sorted(CAPABILITIES))
def test_a_probe_needs_what_it_probes(capability: str):
    """It is a call that only a client with this capability would make, and it does not change the client's plan."""
    client = SpotifyClient(SpotifySettings())
    client.restore(CAPABILITIES)
    request = client.probe(capability).request
    assert client.profile == DEVELOPMENT
    assert (
        request.endpoint
        in {
            "batch": {"artists-several"},
            "page-limit": {"search-artists"},
            "top-tracks": {"top-tracks"},
            "audio-features": {"audio-features-several"},
            "recommendations": {"recommendations"},
        }[capability]
    )
    assert capability != "page-limit" or dict(request.params)["limit"] == "50"
