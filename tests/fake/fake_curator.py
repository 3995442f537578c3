"""Who decides who is who, in memory: one artist with one open question."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from thesetd.domain.errors import UnknownArtist, UnknownDecision
from thesetd.domain.identity.decisions import Entry, Verb
from thesetd.domain.identity.reporting import Identified, ShownLink
from thesetd.domain.identity.spaces import MUSICBRAINZ, SPOTIFY, Ref
from thesetd.domain.identity.statements import Reason, Rule
from thesetd.domain.identity.verdicts import Proposal, ReviewQuestion
from thesetd.domain.work.batches import Decided

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
ONE, OTHER = Ref(SPOTIFY, "0123456789012345678901"), Ref(MUSICBRAINZ, "00000000-0000-4000-8000-000000000000")
PROPOSALS = (Proposal(ref=OTHER, name="Mara Vell", evidence=("both list 2026-09-02 in bergen",), audience=310),)


class FakeCurator:
    """A `Curator` that keeps what was said."""

    def __init__(self) -> None:
        """Start with nothing said."""
        self.said: list[tuple[str, str, str]] = []
        self.refused: dict[str, Exception] = {}

    async def artist(self, reference: str) -> Identified:
        """Show the one artist that there is."""
        if reference in self.refused:
            raise self.refused[reference]
        if reference != "mara-vell":
            raise UnknownArtist(reference)
        review = ReviewQuestion(
            about=ONE, space=OTHER.space, name="Mara Vell", reason=Reason.UNPROVEN, proposals=PROPOSALS
        )
        link = ShownLink(
            one=ONE, other=OTHER, decision="automatic", why=Rule.CLAIMED, evidence=("a link",), decided_at=NOW
        )
        word = Entry(number=1, verb=Verb.LINK, ids=frozenset({ONE}), others=frozenset({OTHER}), at=NOW)
        return Identified(
            id=UUID(int=7),
            slug="mara-vell",
            name="Mara Vell",
            verified=True,
            is_stub=False,
            ids=(ONE, OTHER),
            links=(link,),
            reviews=(review,),
            words=(word,),
        )

    async def reviews(self, limit: int) -> tuple[ReviewQuestion, ...]:
        """Show the one question that there is."""
        return (await self.artist("mara-vell")).reviews[:limit]

    async def join(self, verb: Verb, artist: str, other: str) -> Decided:
        """Decide as the next word."""
        await self.artist(artist)
        self.said.append((verb.value, artist, other))
        return Decided(number=len(self.said), moved=("ticketmaster:T1 left with 3 shows",))

    async def part(self, verb: Verb, artist: str, ids: Sequence[str]) -> Decided:
        """Decide as the next word."""
        return await self.join(verb, artist, " ".join(ids))

    async def undo(self, number: int) -> Decided:
        """Undo one of the words."""
        if number > len(self.said):
            raise UnknownDecision(number, range(len(self.said), 0, -1))
        return Decided(number=len(self.said) + 1)
