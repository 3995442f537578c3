"""Documents about songs, setlists and predictions, and operators' decisions about them."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import attrs

from thesetd.domain.documents import Says
from thesetd.domain.music.records import AudioFeatures, Recommendation
from thesetd.domain.setlists.views import PredictionScore, Review
from thesetd.ports.surface.decisions import DecisionShown

MOST_ADVICE = 100  # most tracks that Spotify recommends, or analyses, in one call


@attrs.frozen(kw_only=True)
class TrackShown:
    """One recording of a song."""

    spotify_id: Annotated[str, Says(example="0Iyt4VcqDqzlnnIxKJuaFe")]
    name: Annotated[str, Says(example="DARE - Live")]
    classes: Annotated[tuple[str, ...], Says(example=["live"])]
    evidence: Annotated[Mapping[str, str], Says("What decided each class.", example={"live": "Live"})]
    by_hand: Annotated[bool, Says("Whether an operator placed it here.")]


@attrs.frozen(kw_only=True)
class SongShown:
    """A song offered for voting; its tracks and decisions are included only if a single song is requested."""

    id: UUID
    artist: Annotated[str, Says(example="Gorillaz")]
    title: Annotated[str, Says(example="DARE")]
    key: Annotated[str | None, Says("What names of it have in common.", example="dare")]
    offered: Annotated[bool, Says("Whether it can be voted on.")]
    played: Annotated[bool, Says("Whether it was ever played.")]
    merged_into: UUID | None
    spotify_id: Annotated[str | None, Says("Its best studio recording.")]
    album: Annotated[str | None, Says(example="Demon Days")]
    tracks: tuple[TrackShown, ...]
    decisions: tuple[DecisionShown, ...]


@attrs.frozen(kw_only=True)
class Songs:
    """The songs."""

    songs: tuple[SongShown, ...]


@attrs.frozen(kw_only=True)
class AdviceWanted:
    """How many tracks to request."""

    limit: Annotated[int, Says("Maximum number of tracks.", least=1, most=MOST_ADVICE)] = 20


@attrs.frozen(kw_only=True)
class Recommendations:
    """Tracks that Spotify recommends to listeners of an artist."""

    tracks: tuple[Recommendation, ...]


@attrs.frozen(kw_only=True)
class SongHeard:
    """Spotify's analysis of a song."""

    title: Annotated[str, Says(example="DARE")]
    features: AudioFeatures


@attrs.frozen(kw_only=True)
class SongsHeard:
    """Analyses of an artist's songs, the most popular first."""

    songs: tuple[SongHeard, ...]


@attrs.frozen(kw_only=True)
class MergeInto:
    """The song that stays."""

    into: Annotated[str, Says("The id of a song.")]


@attrs.frozen(kw_only=True)
class SplitOff:
    """The tracks of a song that belong to another one."""

    tracks: Annotated[str, Says("Spotify ids, separated by blanks.", example="0Iyt4VcqDqzlnnIxKJuaFe")]
    title: Annotated[str | None, Says("Of the new song.", example="DARE")] = None


@attrs.frozen(kw_only=True)
class DecisionMade:
    """The effect of a decision."""

    decision: Annotated[int | None, Says("The number to undo it by.")]
    song: Annotated[UUID | None, Says("The song that it is about.")]


@attrs.frozen(kw_only=True)
class Reviews:
    """Uncertain pages of setlist.fm, then uncertain names in setlists."""

    reviews: tuple[Review, ...]


@attrs.frozen(kw_only=True)
class PlaceAt:
    """The show whose setlist a page is."""

    show: Annotated[str, Says("The id of a show, or none.", example="none")]


@attrs.frozen(kw_only=True)
class BillOf:
    """The acts that play at a show."""

    artists: Annotated[str, Says("Slugs, the headliner first, with blanks between; or none.", example="the-owls anna")]


@attrs.frozen(kw_only=True)
class NameMeans:
    """The song that a name in an artist's setlists means."""

    artist: Annotated[str, Says("A slug.", example="gorillaz")]
    name: Annotated[str, Says(example="Dare")]
    song: Annotated[str, Says("The id of a song, or none.", example="none")]


@attrs.frozen(kw_only=True)
class Predictions:
    """The scores of predictions after their shows."""

    predictions: tuple[PredictionScore, ...]
