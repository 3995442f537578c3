"""What MusicBrainz is asked, and what its answers mean."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from thesetd import __version__
from thesetd.adapters.providers.musicbrainz import PROVIDER, MusicBrainzClient, MusicBrainzSettings
from thesetd.adapters.providers.musicbrainz.agent import UserAgent
from thesetd.domain.errors import (
    BadPayload,
    NotConfigured,
    NotFound,
    ProviderError,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from thesetd.domain.gate.calls import Call, Response
from thesetd.domain.identity import spaces
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.music.versions import Version
from thesetd.ports.providers import Identities

AT = datetime(2026, 11, 28, tzinfo=UTC)
NIRVANA = "5b11f4ce-a62d-471e-81fc-a69a8278c7da"
WITHIN_TEMPTATION = "eace2373-31c8-4aba-9a5c-7bce22dd140a"
ON_SPOTIFY = "https://open.spotify.com/artist/3hE8S8ohRErocpkY7uJW4a"
EXCEEDING = "Your requests are exceeding the allowable rate limit. Please see http://wiki.musicbrainz.org/XMLWebService"
BUSY = "The MusicBrainz web server is currently busy. Please try again later."
CLIENT = MusicBrainzClient()


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """Make a response."""
    return Response(status=status, json=body, headers=headers, received_at=AT)


def params(call: Call[Any], name: str) -> list[str]:
    """Return all values of a parameter."""
    return [value for key, value in call.request.params if key == name]


@pytest.fixture
def recorded(corpus: Path) -> Any:
    """Return a function that loads a recorded body."""
    return lambda path: json.loads((corpus / "musicbrainz" / path).read_text())


def test_it_is_a_provider_of_identities() -> None:
    """The client has all that the role asks."""
    assert isinstance(CLIENT, Identities)


async def test_the_user_agent_names_application_version_and_contact() -> None:
    """Without a contact nobody is asked; with it every request says who asks."""
    with pytest.raises(NotConfigured, match=r"providers\.musicbrainz\.contact"):
        await UserAgent("").credentials()
    sent = await UserAgent("someone@example.org").credentials()
    assert sent.headers == {"user-agent": f"thesetd/{__version__} ( someone@example.org )"}
    assert sent.secrets == ()


def test_it_is_off_until_it_has_a_contact() -> None:
    """By default nobody is asked and nobody is told; a contact is an address."""
    assert (PROVIDER.optional, MusicBrainzSettings().missing()) == (True, ("contact",))
    assert MusicBrainzSettings(contact=" https://example.org/contact\n").missing() == ()
    for wrong in ("someone", "a b@example.org", "x@y\r\nz: 1"):
        with pytest.raises(ValueError, match=r"contact|characters|header"):
            MusicBrainzSettings(contact=wrong)


def test_every_request_asks_for_json_and_one_inc() -> None:
    """Without fmt the answer is XML; commas and a repeated inc draw a 400."""
    calls = (CLIENT.search_artists("x"), CLIENT.artist(NIRVANA), CLIENT.linked([ON_SPOTIFY]), CLIENT.releases(NIRVANA))
    for call in calls:
        assert params(call, "fmt") == ["json"]
        assert len(params(call, "inc")) <= 1
        assert "," not in "".join(params(call, "inc"))


def test_a_name_is_searched_as_a_phrase() -> None:
    """Whatever Lucene takes for an operator is escaped."""
    assert params(CLIENT.search_artists('AC/DC "x"'), "query") == [r'artist:"AC\/DC \"x\"" OR alias:"AC\/DC \"x\""']


def test_one_address_is_asked_for_twice() -> None:
    """One alone would be answered in another form; more than a hundred would be dropped by the server."""
    assert params(CLIENT.linked([ON_SPOTIFY, ON_SPOTIFY]), "resource") == [ON_SPOTIFY, ON_SPOTIFY]
    many = [f"https://open.spotify.com/artist/{n:022}" for n in range(150)]
    assert params(CLIENT.linked(many), "resource") == many[:100]


def test_an_artist_describes_itself(recorded: Any) -> None:
    """Names, kind and living links come from a recorded body, the disambiguation as a note."""
    body = recorded("artist/nirvana-url-rels-release-groups-2024.json")
    (record,) = CLIENT.described(NIRVANA).parse(answer(body))
    assert (record.ref, record.name, record.is_act) == (Ref(spaces.MUSICBRAINZ, NIRVANA), "Nirvana", True)
    assert record.links == {Ref(spaces.SPOTIFY, "6olE6TJLqED3rqDCT0FyPh")}
    assert record.note == "1980s~1990s US grunge band"
    assert CLIENT.artist(NIRVANA).parse(answer(body)).spotify_id == "6olE6TJLqED3rqDCT0FyPh"


def test_aliases_are_names(recorded: Any) -> None:
    """Every alias is a name to match by, misspellings included."""
    body = recorded("artist/the-kinks-url-rels-aliases-2025.json")
    (record,) = CLIENT.described(body["id"]).parse(answer(body))
    assert {alias["name"] for alias in body["aliases"]} <= record.names


def test_a_dead_link_is_none() -> None:
    """A relation that has ended leads nowhere; two living ones of a site leave the artist's own column open."""
    link = {"target-type": "url", "url": {"resource": ON_SPOTIFY}}
    other = {"target-type": "url", "url": {"resource": ON_SPOTIFY.replace("3h", "4h")}}
    body = {"id": NIRVANA, "name": "Nirvana", "relations": [{**link, "ended": True}, {**other, "ended": None}]}
    assert CLIENT.artist(NIRVANA).parse(answer(body)).spotify_id == "4hE8S8ohRErocpkY7uJW4a"
    body["relations"] = [link, other]
    assert CLIENT.artist(NIRVANA).parse(answer(body)).spotify_id is None
    assert len(CLIENT.described(NIRVANA).parse(answer(body))[0].links) == 2


def test_a_merged_id_leads_to_the_survivor() -> None:
    """The 301 carries the survivor's body, which is read without a second request: the old id moved there."""
    old = NIRVANA.replace("5b", "6c")
    moved = answer({"id": NIRVANA, "name": "Nirvana"}, 301, location=f"https://musicbrainz.org/ws/2/artist/{NIRVANA}")
    gone, found = CLIENT.described(old).parse(moved)
    assert (gone.ref.id, gone.moved_to, found.ref.id) == (old, found.ref, NIRVANA)
    assert CLIENT.artist(old).parse(moved).mbid == NIRVANA
    followed = CLIENT.described(old.upper()).parse(answer({"id": NIRVANA, "name": "Nirvana"}))
    assert followed[0].moved_to == found.ref


def test_a_recorded_merge_is_read(recorded: Any) -> None:
    """The form is that of a recorded 301, of a release."""
    body = {**recorded("redirect/301-merged-release-2026.json"), "name": "x"}
    assert CLIENT.artist(NIRVANA).parse(answer(body, 301)).mbid == body["id"]


def test_addresses_lead_to_artists(recorded: Any) -> None:
    """One, several, none: each artist once, with the links that led to it; an address's own id is nobody's."""
    (record,) = CLIENT.linked([ON_SPOTIFY]).parse(answer(recorded("url/live-spotify-one-2026.json")))
    assert (record.ref.id, record.name) == (WITHIN_TEMPTATION, "Within Temptation")
    assert record.links == {Ref(spaces.SPOTIFY, "3hE8S8ohRErocpkY7uJW4a")}
    several = CLIENT.linked([ON_SPOTIFY]).parse(answer(recorded("url/live-spotify-two-2026.json")))
    assert len(several) == len({record.ref for record in several}) == 2
    for body in ("url/lookup-multi-none-found.json", "url/live-two-resources-no-inc-2026.json"):
        assert CLIENT.linked([ON_SPOTIFY]).parse(answer(recorded(body))) == ()
    assert CLIENT.linked([ON_SPOTIFY]).parse(answer({"error": "Not Found"}, 404)) == ()


def test_release_groups_say_what_they_are(recorded: Any) -> None:
    """Secondary types are classes; the list goes on by offset to its end, and items met twice are left out."""
    page = CLIENT.releases(NIRVANA).parse(answer(recorded("release-group-browse/britney-spears-2025.json")))
    assert page.total == 145
    assert page.next is not None
    assert params(page.next, "offset") == [str(len(page.items))]
    again = page.next.parse(answer(recorded("release-group-browse/britney-spears-2025.json")))
    assert again.items == ()
    groups = {
        "release-groups": [
            {"id": str(n), "title": kind, "secondary-types": [kind]}
            for n, kind in enumerate(("Live", "Remix", "Demo", "Compilation", "Soundtrack"))
        ],
        "release-group-count": 5,
    }
    page = CLIENT.releases(NIRVANA).parse(answer(groups))
    assert page.next is None
    assert {item.title: set(item.classes) for item in page.items} == {
        "Live": {Version.LIVE},
        "Remix": {Version.REMIX},
        "Demo": {Version.DEMO},
        "Compilation": {Version.COMPILATION},
        "Soundtrack": set(),
    }


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (503, EXCEEDING, RateLimited),
        (503, BUSY, Unavailable),
        (200, BUSY, Unavailable),
        (502, None, Unavailable),
        (403, "Your requests are being throttled ...", Unauthorized),
        (400, "Invalid mbid.", NotFound),
        (400, "x is not a valid inc parameter for the artist resource.", Refused),
        (404, "Not Found", NotFound),
        (301, None, Unavailable),
        (200, None, Unavailable),
    ],
)
def test_errors(status: int, text: str | None, kind: type[ProviderError]) -> None:
    """A busy server is never "not found", and only our own excess makes us wait: at least five seconds."""
    body = None if text is None else {"error": text, "help": "..."}
    with pytest.raises(kind) as caught:
        CLIENT.artist(NIRVANA).parse(answer(body, status, **{"retry-after": "0"}))
    if kind is RateLimited:
        assert caught.value.retry_after_s == 5.0  # type: ignore[attr-defined]


def test_recorded_errors(recorded: Any) -> None:
    """Recorded bodies of both kinds of 503 are told apart, of 2014 as of 2026."""
    for year in ("2014", "2026"):
        with pytest.raises(RateLimited):
            CLIENT.artist(NIRVANA).parse(answer(recorded(f"errors/503-rate-limited-{year}.json"), 503))
    with pytest.raises(Unavailable):
        CLIENT.artist(NIRVANA).parse(answer(recorded("errors/503-busy-2026.json"), 503))
    with pytest.raises(NotFound):
        CLIENT.artist(NIRVANA).parse(answer(recorded("errors/400-invalid-mbid.json"), 400))


@pytest.mark.parametrize("body", [{}, {"artists": None}, {"id": NIRVANA}, {"id": 3, "name": "x"}])
def test_what_cannot_be_read_is_said(body: Any) -> None:
    """A body without what must be there is rejected with a sample."""
    for call in (CLIENT.search_artists("x"), CLIENT.artist(NIRVANA), CLIENT.releases(NIRVANA)):
        with pytest.raises(BadPayload):
            call.parse(answer(body))


def test_a_search_ends(recorded: Any) -> None:
    """A loose query has thousands of hits: as many are looked at as could be one of the name."""
    body = recorded("search-artist/bring-me-the-horizon-loose-2023.json")
    call, pages = CLIENT.search_artists("bring me the horizon"), 0
    while call is not None and pages < 10:
        page, pages = call.parse(answer(body)), pages + 1
        call = page.next
    assert pages == 3
    assert attrs.asdict(page)["total"] == body["count"]
