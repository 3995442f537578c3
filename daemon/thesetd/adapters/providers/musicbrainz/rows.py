"""Maps MusicBrainz's objects to records, by pure functions."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from thesetd.adapters.providers.musicbrainz.wire import WireArtist, WireGroup, WireLinkedUrl, WireNamed
from thesetd.domain.identity.spaces import MUSICBRAINZ, Ref, read_addresses
from thesetd.domain.identity.statements import Record, RecordKind
from thesetd.domain.music.names import clean, slugify
from thesetd.domain.music.records import Artist
from thesetd.domain.music.releases import Release
from thesetd.domain.music.versions import Version

_ACTS = frozenset({"Person", "Group", "Orchestra", "Choir"})
# Source: musicbrainz.org/doc/Release_Group/Type, secondary types. Those with mixed content count as compilations.
_CLASSES = {
    "live": Version.LIVE,
    "remix": Version.REMIX,
    "demo": Version.DEMO,
    "compilation": Version.COMPILATION,
    "dj-mix": Version.COMPILATION,
    "mixtape/street": Version.COMPILATION,
    "interview": Version.COMMENTARY,
    "spokenword": Version.COMMENTARY,
}


def to_artist(wire: WireArtist, at: datetime) -> Artist | None:
    """Map an artist, with its Spotify id if it links to exactly one; None without a name."""
    name = clean(wire.name)
    if not name:
        return None
    linked = Counter(ref.space for ref in _links(wire))
    ids = {ref.space: ref.id for ref in _links(wire) if linked[ref.space] == 1}
    return Artist(name=name, slug=slugify(name, wire.id), fetched_at=at, mbid=wire.id).with_ids(ids)


def to_records(wire: WireArtist, asked: str) -> tuple[Record, ...]:
    """Map an artist's record; if it was requested by a merged id, add a record that says where that id moved."""
    record = Record(
        ref=Ref(MUSICBRAINZ, wire.id),
        name=clean(wire.name),
        kind=RecordKind.ACT if wire.type in _ACTS else RecordKind.UNKNOWN,
        names=frozenset(clean(alias.name) for alias in wire.aliases) - {""},
        links=_links(wire),
        note=clean(wire.disambiguation),
    )
    if wire.id == asked.lower():
        return (record,)
    return (Record(ref=Ref(MUSICBRAINZ, asked.lower()), name=record.name, moved_to=record.ref), record)


def to_linked(addresses: Iterable[WireLinkedUrl]) -> tuple[Record, ...]:
    """Map addresses to the artists that they belong to, each once, with the links that led to it."""
    found: dict[str, tuple[WireNamed, set[str]]] = {}
    for address in addresses:
        for relation in address.relations:
            if relation.artist is not None and not relation.ended:
                found.setdefault(relation.artist.id, (relation.artist, set()))[1].add(address.resource)
    return tuple(
        Record(
            ref=Ref(MUSICBRAINZ, artist.id),
            name=clean(artist.name),
            links=read_addresses(sorted(resources)),
            note=clean(artist.disambiguation),
        )
        for artist, resources in found.values()
    )


def to_release(wire: WireGroup) -> Release:
    """Map a release group to what it says about its recordings."""
    said = (_CLASSES.get(one.lower()) for one in wire.secondary_types)
    return Release(title=clean(wire.title), classes=frozenset(one for one in said if one is not None))


def _links(wire: WireArtist) -> frozenset[Ref]:
    """Return the ids elsewhere that an artist links to.

    The address shows the site, since many share a relation type.
    """
    living = (relation.url.resource for relation in wire.relations if relation.url and not relation.ended)
    return frozenset(ref for ref in read_addresses(living) if ref.space != MUSICBRAINZ)
