"""Damaged copies of recorded bodies, and the account of what the clients make of them.

Two kinds of damage. *Anything* goes wrong with up to five values of a body: what is read may not crash, and each item
that was sent is stored, refused with its body, or a reject. One value is *left out*, or is an object where it was none:
what is read may say less than before, and nothing else; so no field is changed by what was not said.
"""

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

from thesetd.adapters.providers.setlistfm.client import SetlistfmClient
from thesetd.adapters.providers.spotify.client import SpotifyClient
from thesetd.adapters.providers.spotify.settings import SpotifySettings
from thesetd.adapters.providers.ticketmaster.client import TicketmasterClient
from thesetd.domain.errors import ProviderError
from thesetd.domain.gate.calls import Call, Response
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.music.records import ActualSetlist, Album, Artist, Billing, Reject, Show, Track, Venue
from thesetd.domain.shows.listings import SoldAs

NOW = datetime(2026, 11, 28, tzinfo=UTC)
LARGEST = 30_000  # characters of a body: larger ones hold more of the same
SPOILT = 0.3  # of the values that are left out are of another type instead
WRONG: tuple[Any, ...] = (None, "", 0, -1, 1.5, True, [], {}, [None], "x\0y", "\ud800", 2**70, {"id": {}}, "0000-00-00")
NOTHING: tuple[Any, ...] = (None, "", (), frozenset(), {}, False, SoldAs.CONCERT, SoldAs.COPY)
# What is the best of several, made of several, or counted: without one of them it is another.
CHOSEN = frozenset(
    {
        "image_url",
        "small_image_url",
        "genres",
        "note",
        "bill",
        "set_order",
        "is_headliner",
        "is_festival",
        "artist_spotify_ids",
        "artist_spotify_id",
        "songs",
        "encore_songs",
        "state",
        "place",
        "artist_name",
        "version",
        "evidence",
        "classes",
        "slug",
    }
)
Place = tuple[str | int, ...]


@attrs.frozen(kw_only=True)
class Reader:
    """How the bodies of a folder are read, and where in them the rows stand: a path (`*` for each item) and a kind."""

    call: Callable[[], Call[Any]]
    rows: Mapping[tuple[str, ...], str] = attrs.field(factory=dict)


@attrs.define(kw_only=True)
class Tally:
    """What became of damaged bodies."""

    folder: str
    bodies: int = 0
    damaged: int = 0
    refused: int = 0
    sent: int = 0
    rejects: int = 0
    lost: list[str] = attrs.field(factory=list)
    changed: list[str] = attrs.field(factory=list)


def readers() -> dict[str, Reader]:
    """Return how the answers of each recorded endpoint are read."""
    one, many = SpotifyClient(SpotifySettings(mode="development")), SpotifyClient(SpotifySettings(mode="extended"))
    events, pages = TicketmasterClient(), SetlistfmClient()
    top = many.top_songs("x")
    assert top is not None
    on_page = {("setlist",): "setlist", ("setlist", "*", "sets", "set", "*", "song"): "song"}
    acts = ("_embedded", "attractions")
    return {
        "spotify/artist-albums": Reader(call=lambda: many.artist_albums("x")[0], rows={("items",): "album"}),
        "spotify/album-tracks": Reader(call=lambda: many.album_tracks("x"), rows={("items",): "song"}),
        "spotify/album": Reader(call=lambda: one.albums(["x"])[0], rows={("tracks", "items"): "song"}),
        "spotify/albums-several": Reader(
            call=lambda: many.albums(["x", "y"])[0], rows={("albums", "*", "tracks", "items"): "song"}
        ),
        "spotify/artist": Reader(call=lambda: one.artist("x")),
        "spotify/artists-several": Reader(call=lambda: many.artists(["x", "y"])[0]),
        "spotify/search": Reader(call=lambda: one.search_artists("x")),
        "spotify/top-tracks": Reader(call=lambda: top),
        "ticketmaster/attraction": Reader(call=lambda: events.artist("x")),
        "ticketmaster/attractions-search": Reader(call=lambda: events.search_artists("x")),
        "ticketmaster/event": Reader(call=lambda: events.show("x"), rows={acts: "act"}),
        "ticketmaster/events-search": Reader(
            call=lambda: events.artist_shows("x", NOW)[0],
            rows={("_embedded", "events"): "show", ("_embedded", "events", "*", *acts): "act"},
        ),
        "setlistfm/artist": Reader(call=lambda: pages.artist("x")),
        "setlistfm/search-artists": Reader(call=lambda: pages.search_artists("x")),
        "setlistfm/setlist": Reader(call=lambda: pages.setlist("x"), rows={("sets", "set", "*", "song"): "song"}),
        "setlistfm/artist-setlists": Reader(call=lambda: pages.artist_setlists("x"), rows=on_page),
        "setlistfm/search-setlists": Reader(call=lambda: pages.artist_setlists("x"), rows=on_page),
    }


def tally(corpus: Path, folder: str, mutations: int, seed: int = 20261128) -> Tally:
    """Damage the bodies of a folder so many times, half of them by leaving one value out, and give the account."""
    reader, rng, found = readers()[folder], random.Random(f"{folder} {seed}"), Tally(folder=folder)
    recorded = list(_recorded(corpus / folder, reader))
    found.bodies = len(recorded)
    for number in range(mutations if recorded else 0):
        name, text, places, whole = rng.choice(recorded)
        found.damaged += 1
        if number % 2:
            body, place = json.loads(text), rng.choice(places)
            _leave_out(body, place, spoilt=rng.random() < SPOILT)
            if (now := read(reader, body)) is None:
                found.refused += 1
            else:
                chosen = CHOSEN | ({"withdrawn"} if isinstance(place[-1], int) else set())  # a shorter list is whole
                found.changed += [f"{name} without {place}: {told}" for told in changed_fields(whole, now, chosen)]
            continue
        body = mutated(text, places, rng)
        if (now := read(reader, body)) is None:
            found.refused += 1
            continue
        rejects = Counter(one.kind for one in now if isinstance(one, Reject))
        found.rejects += rejects.total()
        for path, kind in reader.rows.items():
            sent = _sent(body, path, now)
            found.sent += sent
            if (stored := _stored(now, kind) + rejects[kind] + rejects["set"]) < sent:
                found.lost.append(f"{name}: {sent} of {kind} were sent, {stored} are stored or told")
    return found


def _recorded(folder: Path, reader: Reader) -> Iterator[tuple[str, str, list[Place], list[Any]]]:
    for file in sorted(folder.glob("*.json")):
        body = json.loads(file.read_text("utf-8"))
        text = json.dumps(body)
        if isinstance(body, dict) and len(text) < LARGEST and (whole := read(reader, body)) is not None:
            yield file.stem, text, list(paths(body)), whole


def paths(value: Any, at: Place = ()) -> Iterator[Place]:
    """Yield the place of every value in a body."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*at, key)
        yield from paths(part, (*at, key))


def read(reader: Reader, body: Any) -> list[Any] | None:
    """Return every record and reject that came of a body; None where it is refused as a whole."""
    try:
        return list(_records(reader.call().parse(Response(status=200, headers={}, received_at=NOW, json=body))))
    except ProviderError:
        return None


def _records(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for one in value:
            yield from _records(one)
    elif isinstance(value, Artist | Album | Track | Venue | Show | ActualSetlist | Billing | Reject):
        yield value
        yield from _records(value.bill if isinstance(value, Show) else ())
    elif attrs.has(type(value)) and not isinstance(value, Call):
        for field in attrs.fields(type(value)):
            yield from _records(getattr(value, field.name))


def _leave_out(body: Any, place: Place, *, spoilt: bool) -> None:
    for key in place[:-1]:
        body = body[key]
    if spoilt and not isinstance(body[place[-1]], dict | list):
        body[place[-1]] = {"id": {}}
    else:
        del body[place[-1]]


def mutated(text: str, places: Sequence[Place], rng: random.Random) -> Any:
    """Leave values of a body out, put others in their place, repeat or reorder them."""
    damaged = json.loads(text)  # six times as fast as a deep copy
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        place = rng.choice(places)
        try:
            holder = damaged
            for key in place[:-1]:
                holder = holder[key]
            match rng.randrange(4):
                case 0:
                    del holder[place[-1]]
                case 1 if isinstance(holder[place[-1]], list):
                    rng.shuffle(holder[place[-1]])
                case 2 if isinstance(holder, list):
                    holder.append(holder[place[-1]])
                case _:
                    holder[place[-1]] = copy.deepcopy(rng.choice(WRONG))
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier damage took the place away
    return damaged


def _sent(body: Any, path: tuple[str, ...], now: Sequence[Any]) -> int:
    """Count the items of a list as far as it is one, without nulls and repeated ids, in whole parents that are kept."""
    if not path:
        items = [one for one in body if one is not None] if isinstance(body, list) else []
        ids = [one.get("id") if isinstance(one, dict) else None for one in items]
        return sum(not isinstance(key, str) or key not in ids[:number] for number, key in enumerate(ids))
    if path[0] == "*":
        kept = {one.provider_id for one in now if isinstance(one, Show)}
        kept |= {one.setlistfm_id for one in now if isinstance(one, ActualSetlist)}
        kept |= {one.spotify_id for one in now if isinstance(one, Album)}
        parents = [one for one in body if isinstance(one, dict)] if isinstance(body, list) else []
        own = {one["id"]: one for one in parents if isinstance(one.get("id"), str) and one["id"] in kept}
        unnamed = [one for one in parents if path[1:] == ("song",)]  # sets have no id
        return sum(_sent(one, path[1:], now) for one in (*own.values(), *unnamed))
    return _sent(body.get(path[0]), path[1:], now) if isinstance(body, dict) else 0


def _stored(now: Sequence[Any], kind: str) -> int:
    pages = [one for one in now if isinstance(one, ActualSetlist)]
    if kind == "song" and pages:
        return sum(len(one.songs) + len(one.encore_songs) for one in pages)
    rows = {"album": Album, "song": Track, "show": Show, "act": Billing, "setlist": ActualSetlist}[kind]
    return sum(isinstance(one, rows) for one in now)


def changed_fields(before: Sequence[Any], now: Sequence[Any], chosen: Collection[str]) -> Iterator[str]:
    """Say which fields have another value than before, other than none: a value that was left out cannot say that."""
    known = {_key(one): one for one in before}
    for one in now:
        was = None if isinstance(one, Reject) or _is_of_a_page(one) else known.get(_key(one))
        for field in attrs.fields(type(one)) if was is not None else ():
            value, old = getattr(one, field.name), getattr(was, field.name)
            said = value != old and not any(value == nothing for nothing in NOTHING)
            if said and value is not field.default and field.name not in chosen:
                yield f"{field.name} is {value!r}, was {old!r}"


def _is_of_a_page(record: Any) -> bool:
    """Whether a record is a show that is made of a page, which is stored itself."""
    return isinstance(record, Show) and record.provider == SETLISTFM


def _key(record: Any) -> tuple[Any, ...]:
    names = ("spotify_id", "asked_as", "album_spotify_id", "provider_id", "setlistfm_id", "ticketmaster_id", "mbid")
    return (type(record), *(getattr(record, name, None) for name in names))
