"""Content of setlist.fm that was kept for as long as configured."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sample_rows import MBID, NOW, artist, batch, played
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.providers.setlistfm import SetlistfmSettings
from thesetd.domain.ids import SETLISTFM, SPOTIFY, row_id

Look = Callable[..., Awaitable[list[Any]]]
ARTIST = row_id("artists", SPOTIFY, "ArtistA")
SHOWN = "select setlistfm_id, version_id, url, songs::text from actual_setlists"


async def test_old_content_goes_and_ids_stay(postgres_store: PostgresStore, look: Look) -> None:
    """Songs, versions and names of a page go; its id, version, address and show stay; a new answer brings the songs."""
    await postgres_store.batches.write(
        batch(artists=(artist(mbid=MBID),), actual_setlists=(played(),), rematch=(ARTIST,))
    )
    await postgres_store.schedules.cleanup(now=NOW + timedelta(days=31))
    assert await look("select count(*) from thesetd.setlist_versions") == [1]
    postgres_store.schedules.retentions = {SETLISTFM: timedelta(days=30)}
    assert "setlist_pages" not in await postgres_store.schedules.cleanup(now=NOW + timedelta(days=29))
    deleted = await postgres_store.schedules.cleanup(now=NOW + timedelta(days=31))
    assert (deleted["setlist_pages"], deleted["played_names"]) == (1, 1)
    ((page, version, url, songs),) = await look(SHOWN)
    assert (page, version, url, songs) == ("SetlistA", "v1", played().url, "[]")
    assert await look("select count(*) from thesetd.setlist_versions") == [0]
    assert await look("select status, setlistfm_id from shows") == [("completed", "SetlistA")]
    await postgres_store.batches.write(batch(50_000, actual_setlists=(played(50_000),)))
    assert "Hoot" in (await look(SHOWN))[0][3]


def test_retention_is_configured_in_days() -> None:
    """Without it songs are kept for ever."""
    assert SetlistfmSettings().retention is None
    assert SetlistfmSettings(retention_days=30).retention == timedelta(days=30)
