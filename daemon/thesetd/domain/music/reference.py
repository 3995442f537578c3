"""Parses what a user may type to name an artist."""

import re
import unicodedata
from enum import Enum
from urllib.parse import urlsplit

import attrs

from thesetd.domain.errors import BadReference

MAX_CHARACTERS = 300  # the longest name in 1,000 recorded Spotify bodies has 165

SPOTIFY_ID = re.compile(r"[0-9A-Za-z]{22}")
# The 128 bits of an id never fill 22 base62 digits: the first is 0 to 7 (in all of 1,654 recorded ids). A word of 22
# letters without digits is a name.
_BARE_SPOTIFY_ID = re.compile(r"[0-7][0-9A-Za-z]{21}")
_SPOTIFY_URI = re.compile(r"spotify:([a-z]+):(.*)", re.IGNORECASE)
_SLUG = re.compile(r"slug:(\S+)", re.IGNORECASE)
MBID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
# Attraction ids start with K8vZ (TM hosts) or Z7r9jZ, Z698x (resale, Europe): 13 to 34 of [A-Za-z0-9_-],
# recorded ones 11 to 15 long (corpus of 2016 to 2025).
_ATTRACTION = re.compile(r"(?:K8vZ|Z7r9jZ|Z698x)[0-9A-Za-z_-]{4,30}")


# Spotify's collective artist of thousands of compilations, under a name that depends on the language.
VARIOUS_ARTISTS = "0LyfQWJT6nXafLPZqxe9Of"


class ReferenceKind(Enum):
    """The ways to name an artist; a slug is the last part of its page's address."""

    NAME = "name"
    SPOTIFY = "spotify"
    TICKETMASTER = "ticketmaster"
    MBID = "mbid"
    ID = "id"  # an id of a provider without a notation of its own, as provider:id
    SLUG = "slug"


@attrs.frozen
class ArtistRef:
    """A parsed reference: an id of one of the providers, or a name."""

    kind: ReferenceKind
    value: str

    def __str__(self) -> str:
        return self.value


def parse_reference(text: str) -> ArtistRef:
    """Parse a reference: a name, a Spotify id, URI or URL, a Ticketmaster attraction id, an MBID, or slug:...

    An id of this database has the form of an MBID; the store tells which of the two it is.

    Raises:
        BadReference: empty, too long, holding control characters, or an address or URI that does not name an artist.
    """
    typed = text.strip()
    if not typed:
        raise BadReference("the artist is empty: give a name, a Spotify id, URI or URL, a Ticketmaster id or an MBID")
    if len(typed) > MAX_CHARACTERS:
        raise BadReference(f"the artist has {len(typed)} characters, more than {MAX_CHARACTERS}")
    if any(unicodedata.category(ch) in {"Cc", "Cs"} for ch in typed):
        raise BadReference("the artist contains control characters")
    if uri := _SPOTIFY_URI.fullmatch(typed):
        return _spotify(uri[1].lower(), uri[2], typed)
    if "://" in typed or typed.lower().startswith("open.spotify.com/"):
        return _url(typed)
    return _bare(typed)


def _bare(typed: str) -> ArtistRef:
    if MBID.fullmatch(typed):
        return ArtistRef(ReferenceKind.MBID, typed.lower())
    if slug := _SLUG.fullmatch(typed):
        return ArtistRef(ReferenceKind.SLUG, slug[1])
    if _ATTRACTION.fullmatch(typed):
        return ArtistRef(ReferenceKind.TICKETMASTER, typed)
    if _BARE_SPOTIFY_ID.fullmatch(typed):
        return ArtistRef(ReferenceKind.SPOTIFY, typed)
    return ArtistRef(ReferenceKind.NAME, typed)


def _spotify(what: str, value: str, typed: str) -> ArtistRef:
    if what != "artist":
        raise BadReference(f"{typed!r} names a Spotify {what}, not an artist")
    if not SPOTIFY_ID.fullmatch(value):
        raise BadReference(f"invalid Spotify artist {typed!r}: expected an id of 22 letters and digits")
    return ArtistRef(ReferenceKind.SPOTIFY, value)


def _url(typed: str) -> ArtistRef:
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host, segments = parts.hostname or "", [s for s in parts.path.split("/") if s]
    except ValueError:
        raise BadReference(f"invalid address {typed!r}") from None
    if host == "open.spotify.com":
        # /artist/<id>, /intl-es/artist/<id>; the query (?si=...) is tracking
        path = segments[1:] if segments and segments[0].startswith("intl-") else segments
        if len(path) >= 2:  # noqa: PLR2004 - kind and id
            return _spotify(path[0], path[1], typed)
    if host in {"musicbrainz.org", "www.musicbrainz.org"} and segments[:1] == ["artist"] and len(segments) > 1:
        if MBID.fullmatch(segments[1]):
            return ArtistRef(ReferenceKind.MBID, segments[1].lower())
    raise BadReference(f"invalid artist address {typed!r}: expected one on open.spotify.com or musicbrainz.org")
