"""Imports and refreshes by the names that the application knows, through real actors over fakes."""

from typing import Any
from uuid import UUID

import pytest

from fake_providers import World, artist
from scene import ANNA_ID, running
from thesetd.domain.errors import UnknownArtist, UnknownShow
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.work.jobs import JobKind


async def test_an_import_by_what_a_reply_gave(autojump_clock: Any) -> None:
    """The slug and the id of a reply name the same artist again, also while no provider would find them."""
    async with running(World(artists=[artist("Anna and the Owls", ANNA_ID)])) as s:
        first = await s.daemon.submit("Anna and the Owls")
        await s.ended(JobKind.IMPORT_ARTIST)
        for reference in (first.slug, f"slug:{first.slug}", str(first.artist_id), str(first.artist_id).upper()):
            again = await s.daemon.submit(reference)
            assert (again.artist_id, again.slug, again.name) == (first.artist_id, first.slug, first.name)
        with pytest.raises(UnknownArtist):
            await s.daemon.submit("slug:nobody")


async def test_a_refresh_is_interactive_and_joined(autojump_clock: Any) -> None:
    """Each aspect is a job of its own in the interactive lane; who asks again joins it."""
    async with running(World(artists=[artist("Anna", ANNA_ID)], latency_s=5.0)) as s:
        first = await s.daemon.submit("Anna")
        await s.ended(JobKind.IMPORT_ARTIST)
        with pytest.raises(UnknownArtist):
            await s.daemon.refresher.refresh_artist("slug:nobody", Aspect.SHOWS)
        assert (await s.daemon.refresher.refresh_artist(f"slug:{first.slug}", Aspect.SETLISTS)).job_id is not None
        for aspect, kind in ((Aspect.SHOWS, "refresh_shows"), (Aspect.CATALOG, "refresh_catalog")):
            accepted = await s.daemon.refresher.refresh_artist(str(first.slug), aspect)
            status = await s.status(accepted.job_id)
            assert (status.kind.value, status.lane, accepted.joined) == (kind, "interactive", False)
            assert (await s.daemon.refresher.refresh_artist("Anna", aspect)).joined
        with pytest.raises(UnknownArtist):
            await s.daemon.refresher.refresh_artist("nobody", Aspect.SHOWS)
        with pytest.raises(UnknownShow, match="refresh or import its artist"):
            await s.daemon.refresher.refresh_show(UUID(int=1))
