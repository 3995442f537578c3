"""Requests from providers of identities an artist's ids elsewhere, and its discography.

The artist is looked up by the id that they know it by, or by its addresses at other providers. The store decides the
identity, as for every answer. What the discography says about the classes of recordings stays in the checkpoint for the
catalogue. Without such a provider, or while it is unavailable, the import is otherwise the same.
"""

import trio

from thesetd.actors.jobs.identifying import spaces_asked
from thesetd.actors.jobs.paging import collect
from thesetd.actors.jobs.work import JobRun
from thesetd.domain.errors import NotConfigured, NotFound, ProviderError
from thesetd.domain.facts import ProviderDegraded
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import page_addresses
from thesetd.domain.identity.statements import Record
from thesetd.domain.music.releases import classes_by_title
from thesetd.ports.providers import Identities

PATIENCE_S = 15.0  # for all of this in an import: two look-ups and a few pages at one call a second
LATE = "Late"  # the cause if a provider did not answer in time
CLASSES = "classes"  # in the checkpoint: classes of recordings by the folded title of their release


async def identity_step(work: JobRun) -> None:
    """Learn the artist's ids and discography; late or failed answers are left out."""
    for provider in work.tools.providers.identity:
        with trio.move_on_after(PATIENCE_S) as patience:
            try:
                await _learn(work, provider)
            except NotConfigured:
                continue
            except ProviderError as error:
                cause = type(error).__name__
                work.tools.observer.notify(ProviderDegraded(provider=provider.provider, cause=cause, reason=str(error)))
        if patience.cancelled_caught:
            late = f"{provider.provider}: no answer within {PATIENCE_S:g} s"
            work.tools.observer.notify(ProviderDegraded(provider=provider.provider, cause=LATE, reason=late))
    if work.tools.providers.identity:
        await work.commit(last=True)


async def _learn(work: JobRun, provider: Identities) -> None:
    if records := await _described(work, provider):
        await work.learn_of(Learnt(records=records, asked=spaces_asked(work.tools.providers)))
    artist_id = work.known().ids.get(provider.space)
    if artist_id is not None:
        releases = await collect(work.fetch, provider.releases(artist_id))
        said = classes_by_title(releases)
        work.checkpoint[CLASSES] = {title: sorted(one.value for one in classes) for title, classes in said.items()}


async def _described(work: JobRun, provider: Identities) -> tuple[Record, ...]:
    """Look the artist up; if several claim its addresses, return all of them without further details."""
    ids = work.known().ids
    artist_id = ids.get(provider.space)
    if artist_id is None:
        known = page_addresses(ids)
        hits = await work.fetch(provider.linked(known)) if known else ()
        if len(hits) != 1:
            return hits
        artist_id = hits[0].ref.id
    try:
        return await work.fetch(provider.described(artist_id))
    except NotFound:
        return ()
