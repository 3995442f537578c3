"""Shows an artist's ids and open questions, and carries out decisions that join, separate and undo.

Implements `thesetd.ports.control.Curator`. A decision is stored with everything that it changes, in one batch; no later
sync overrides it.
"""

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from thesetd.actors.asking import WriterHandle
from thesetd.domain.errors import AmbiguousArtist, BadReference, Candidate, UnknownArtist
from thesetd.domain.identity.decisions import Entry, Verb
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.reporting import Identified
from thesetd.domain.identity.spaces import SPACES, Ref, Space, check_form, read_ref, ref_meant, reference_to
from thesetd.domain.identity.verdicts import ReviewQuestion
from thesetd.domain.music.records import Rows
from thesetd.domain.music.reference import ArtistRef, ReferenceKind, parse_reference
from thesetd.domain.work.batches import Batch, Decided
from thesetd.domain.work.jobs import KnownArtist
from thesetd.ports.clock import Clock
from thesetd.ports.store import IdentityStore, StatusStore


class Curator:
    """Reads from the store, and writes decisions through the writer."""

    def __init__(
        self,
        *,
        statuses: StatusStore,
        identities: IdentityStore,
        writer: WriterHandle,
        clock: Clock,
        spaces: Iterable[Space] = (),
    ) -> None:
        """Take the ports to the database, and the spaces of providers in use, in addition to those of the table."""
        self._spelled = re.compile("(" + "|".join(map(re.escape, sorted({*SPACES, *spaces}))) + "):(.+)")
        self._statuses = statuses
        self._identities = identities
        self._writer = writer
        self._clock = clock

    async def artist(self, reference: str) -> Identified:
        """Return one artist; see `thesetd.ports.control.Curator`."""
        return await self._identities.identified((await self.known(reference)).id)

    async def reviews(self, limit: int) -> tuple[ReviewQuestion, ...]:
        """Return what is left to review; see `thesetd.ports.control.Curator`."""
        return await self._identities.identity_reviews(limit=limit)

    async def join(self, verb: Verb, artist: str, other: str) -> Decided:
        """Record that two are one artist; see `thesetd.ports.control.Curator`.

        A merge is about all ids of both: by names alone, ids of which an artist has one each would leave both.
        """
        mine = await self.artist(artist)
        theirs, others = self._ref(other), frozenset[Ref]()
        if theirs is None or verb is Verb.MERGE:
            found = await self.artist(other)
            if not found.ids:
                mine, found = found, mine
            if not found.ids:
                raise BadReference(f"{mine.name} and {found.name} have no ids: link an id to one of them first")
            theirs, others = found.first(), frozenset(found.ids if verb is Verb.MERGE else ())
        elif verb is Verb.LINK:
            check_form(theirs)
        if theirs in mine.ids:
            raise BadReference(f"{theirs} is {mine.name}'s already: nothing to {verb.value}")
        ids = mine.ids if verb is Verb.MERGE or not mine.ids else (mine.first(),)
        word = Entry(number=0, verb=verb, ids=frozenset(ids), others=others | {theirs})
        return await self._say(word, receiver=None if mine.ids else mine.id)

    async def part(self, verb: Verb, artist: str, ids: Sequence[str]) -> Decided:
        """Record that some ids are another artist's; see `thesetd.ports.control.Curator`."""
        mine = await self.artist(artist)
        going = frozenset(self._own(text, mine) for text in ids)
        staying = frozenset(mine.ids) - going
        if not staying:
            raise BadReference(f"these are all ids of {mine.name}: leave at least one")
        return await self._say(Entry(number=0, verb=verb, ids=going, others=staying))

    async def undo(self, number: int) -> Decided:
        """Undo a decision; see `thesetd.ports.control.Curator`."""
        return await self._say(Entry(number=0, verb=Verb.UNDO, undoes=number))

    async def _say(self, word: Entry, receiver: UUID | None = None) -> Decided:
        learnt = Learnt(word=word, receiver=receiver)
        written = await self._writer.write_soon(Batch(at=self._clock.now(), rows=Rows(identity=learnt)))
        assert written.decided is not None
        return written.decided

    async def known(self, reference: str) -> KnownArtist:
        """Return the stored artist that is meant by a slug, a name or an id.

        Raises:
            UnknownArtist, AmbiguousArtist: the reference means none, or several.
        """
        ref = self._ref(reference)
        asked = reference_to(ref) if ref else _named(reference)
        found = await self._statuses.find_artist(asked)
        if not found and ref is None:
            found = await self._statuses.find_artist(ArtistRef(ReferenceKind.NAME, reference.replace("-", " ")))
        named = [one for one in found if one.slug == reference] or list(found)
        if not named:
            raise UnknownArtist(reference)
        if len(named) > 1:
            candidates = [Candidate(name=one.name, spotify_id=one.key().provider_id) for one in named]
            raise AmbiguousArtist(reference, candidates)
        return named[0]

    def _ref(self, text: str) -> Ref | None:
        """Read an id, written as space:id, as a bare id, or as an address; None for a name or slug."""
        meant = ref_meant(parse_reference(text))
        return meant or (read_ref(text) if self._spelled.fullmatch(text) else None)

    def _own(self, text: str, mine: Identified) -> Ref:
        ref = self._ref(text)
        if ref not in mine.ids or ref is None:
            held = ", ".join(map(str, mine.ids)) or "none, it has no ids"
            raise BadReference(f"{text!r} is not an id of {mine.name}: expected one of {held}")
        return ref


def _named(text: str) -> ArtistRef:
    """Read a slug that is marked as such; anything else is a name."""
    parsed = parse_reference(text)
    return parsed if parsed.kind is ReferenceKind.SLUG else ArtistRef(ReferenceKind.NAME, text)
