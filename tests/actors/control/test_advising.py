"""What is asked of Spotify while a caller waits, and what is said where Spotify does not offer it."""

from typing import Any
from uuid import UUID

import attrs
import pytest
import trio

from fake_providers import FakeCatalog, World
from thesetd.actors.control.advising import AdviceControl
from thesetd.domain.errors import CapabilityGone, NotOffered, UnknownArtist
from thesetd.domain.gate.calls import Call
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.music.edits import SongView
from thesetd.domain.music.repertoire import Face, RepertoireSong
from thesetd.domain.music.versions import Version
from thesetd.domain.work.jobs import KnownArtist, Lane
from thesetd.ports.providers import Providers


def song(number: int, popularity: int | None, face: str | None) -> SongView:
    """Make a song that people may vote on, if it has a recording."""
    shown = Face(spotify_id=face, album_spotify_id="al", album="A", version=Version.STUDIO) if face else None
    one = RepertoireSong(
        id=UUID(int=number), title=f"Song {number}", key=str(number), popularity=popularity, face=shown
    )
    return SongView(song=one, artist="Anna")


@attrs.define
class Around:
    """The artists, songs and answers around what is tested; a refused capability is refused once."""

    spotify_id: str | None = "anna"
    songs: tuple[SongView, ...] = (song(1, 10, "t1"), song(2, 80, "t2"), song(3, None, None), song(4, None, "t4"))
    refused: list[str] = attrs.field(factory=list)
    lanes: list[Lane] = attrs.field(factory=list)

    async def known(self, reference: str) -> KnownArtist:
        """Know one artist."""
        await trio.lowlevel.checkpoint()
        return KnownArtist(
            id=UUID(int=9), slug="anna", name=reference, spotify_id=self.spotify_id, mbid=str(UUID(int=8))
        )

    async def find_songs(self, what: str) -> tuple[SongView, ...]:
        """Know the artist's songs by its slug."""
        await trio.lowlevel.checkpoint()
        return self.songs if what == "anna" else ()

    async def fetch(self, call: Call[Any], lane: Lane) -> Any:
        """Answer, or refuse."""
        await trio.lowlevel.checkpoint()
        self.lanes.append(lane)
        if self.refused:
            raise CapabilityGone(SPOTIFY, self.refused.pop(), "forbidden")
        return call.parse(None)  # type: ignore[arg-type]


def control(around: Around) -> AdviceControl:
    """Return what is tested."""
    parts: Any = around
    catalog: Any = FakeCatalog(World())
    return AdviceControl(artists=parts, providers=Providers(catalog=(catalog,)), songs=parts, fetcher=parts)


async def test_recommendations_come_before_all_other_calls() -> None:
    """As many as are wanted, by one interactive call."""
    around = Around()
    assert [one.title for one in await control(around).recommendations("Anna", limit=1)] == ["Like anna 0"]
    assert around.lanes == [Lane.INTERACTIVE]


async def test_the_most_popular_songs_are_heard_first() -> None:
    """By their recordings: a song without one is not asked for, one that Spotify does not describe is left out."""
    heard = await control(Around()).features("Anna", limit=3)
    assert [(title, one.spotify_id, one.tempo) for title, one in heard] == [
        ("Song 2", "t2", 120.0),
        ("Song 1", "t1", 120.0),
    ]
    assert await control(Around(songs=(song(3, None, None),))).features("Anna", limit=3) == ()


@pytest.mark.parametrize("capability", ["recommendations", "audio-features"])
async def test_what_spotify_does_not_offer_is_said_and_not_asked_again(capability: str) -> None:
    """It was refused once, as in Development Mode."""
    around = Around(refused=[capability])
    desk = control(around)
    asked = desk.recommendations if capability == "recommendations" else desk.features
    for _ in range(2):
        with pytest.raises(NotOffered, match=f"no {capability.replace('-', ' ')} for this application: it is new"):
            await asked("Anna", limit=5)
    assert len(around.lanes) == 1


async def test_an_artist_without_an_id_there_has_no_recommendations() -> None:
    """Nothing is asked."""
    around = Around(spotify_id=None)
    with pytest.raises(UnknownArtist):
        await control(around).recommendations("Anna", limit=5)
    assert around.lanes == []
