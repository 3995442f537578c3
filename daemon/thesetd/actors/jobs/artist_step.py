"""Phase 1 of an import: find out which artist is meant."""

import attrs

from thesetd.actors.jobs.identifying import CATALOG_HITS, FetchCall, Sought, seek, spaces_asked
from thesetd.actors.jobs.planning import planned
from thesetd.actors.jobs.work import LOST, JobRun
from thesetd.domain.errors import BadReference, NotConfigured, NotFound, Refused, UnknownArtist
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import Ref, ref_meant, reference_to, stands_for_nobody
from thesetd.domain.identity.statements import Record, RecordKind
from thesetd.domain.music.acts import described, own_only
from thesetd.domain.music.records import Artist, Reject, Rows
from thesetd.domain.music.reference import ArtistRef, ReferenceKind, parse_reference
from thesetd.domain.music.resolve import choose
from thesetd.domain.work.jobs import ArtistKey
from thesetd.domain.work.progress import Stage
from thesetd.ports.providers import Providers


@attrs.frozen(kw_only=True)
class Resolved:
    """The id that is meant, what is known about it and its namesakes, and the profiles of possible artists."""

    ref: Ref
    name: str
    learnt: Learnt
    profiles: tuple[Artist, ...] = ()

    def rows(self) -> Rows:
        """Return the rows that a batch stores of it."""
        return Rows(artists=self.profiles, identity=self.learnt)

    def key(self) -> ArtistKey:
        """Return the artist's key in the store."""
        return ArtistKey(space=self.ref.space, provider_id=self.ref.id)


async def resolve(ref: ArtistRef, providers: Providers, fetch: FetchCall) -> Resolved:
    """Look up the artist that is meant at the providers, with the evidence for its other ids.

    Raises:
        UnknownArtist, AmbiguousArtist: none, or several, could be meant.
        BadReference: the reference does not mean an artist.
        ProviderError, NotConfigured: it could not be found out.
    """
    try:
        found = await planned(providers.lead, lambda: _find(ref, providers, fetch))
    except (NotFound, Refused) as error:
        raise UnknownArtist(ref.value) from error
    meant = next(record for record in found.learnt.records if record.ref == found.ref)
    if stands_for_nobody(found.ref) or not meant.is_act:
        raise BadReference(f"{found.name!r} stands for many artists or none and cannot be imported")
    return found


async def _find(ref: ArtistRef, providers: Providers, fetch: FetchCall) -> Resolved:
    if ref.kind is ReferenceKind.NAME:
        sought = await seek(fetch, providers.lead, ref.value, most=CATALOG_HITS, soon=True)
        return _resolved(choose(ref.value, sought.hits), providers, sought)
    meant = _meant(ref)
    knowing = next(providers.speaking(meant.space), None)
    if knowing is None:
        raise NotConfigured(f"set up {meant.space}: this artist is known only by its id there")
    found: Artist = await fetch(knowing.artist(meant.id))
    if knowing is providers.lead:
        return _followed(meant, _resolved(found, providers, None))
    act = await _by_act(described(found, knowing.space), own_only(found, knowing.space), providers, fetch)
    return _followed(meant, act)


def _resolved(found: Artist, providers: Providers, sought: Sought | None) -> Resolved:
    space = providers.lead.space
    learnt = sought.learnt() if sought else Learnt()
    own = Learnt(records=(described(found, space),), wanted=frozenset({Ref(space, found.ids[space])}), complete=True)
    return Resolved(
        ref=Ref(space, found.ids[space]), name=found.name, learnt=learnt.joined(own), profiles=(own_only(found, space),)
    )


def _followed(asked: Ref, found: Resolved) -> Resolved:
    """Record that a provider answered under a different id from the requested one, if so."""
    return attrs.evolve(found, learnt=found.learnt.joined(_moved(asked, found.profiles[0])))


def _moved(asked: Ref, found: Artist) -> Learnt:
    answered = Ref(asked.space, found.ids[asked.space])
    moved = (Record(ref=asked, name=found.name, moved_to=answered),)
    return Learnt(records=moved if answered != asked else ())


async def _by_act(act: Record, profile: Artist, providers: Providers, fetch: FetchCall) -> Resolved:
    """Look for an act in the catalogue: by its links, else by its name.

    It may also be an artist without a catalogue entry.
    """
    lead = providers.lead
    own = Learnt(records=(act,), wanted=frozenset({act.ref}), complete=True)
    pages = []
    linked = sorted(ref.id for ref in act.links if ref.space == lead.space)
    for page_id in linked:
        try:
            pages.append(await fetch(lead.artist(page_id)))
        except NotFound:
            continue
        own = own.joined(_moved(Ref(lead.space, page_id), pages[-1]))
    if not linked and act.kind is not RecordKind.TRIBUTE:
        sought = await seek(fetch, lead, act.name, most=CATALOG_HITS)
        own, pages = own.joined(sought.learnt()), sought.named()
    records = tuple(described(page, lead.space) for page in pages)
    profiles = (profile, *(own_only(page, lead.space) for page in pages))
    return Resolved(ref=act.ref, name=act.name, learnt=own.joined(Learnt(records=records)), profiles=profiles)


async def artist_step(work: JobRun) -> None:
    """Make sure that the artist is known and its record is fresh."""
    if not work.job.args.get("artist_fetched"):
        reference = _reference(work)
        try:
            found = await resolve(reference, work.tools.providers, work.fetch)
        except UnknownArtist as error:
            if work.artist is None or not isinstance(error.__cause__, NotFound):
                raise
            found = _gone(reference, work.artist.name)
            work.checkpoint[LOST] = True
        if not await _is_another(work, found):
            await _decide(work, found)
    await work.report(stage=Stage.INITIALIZING, part=1.0, last=True)


async def _decide(work: JobRun, found: Resolved) -> None:
    """Store the artist and have its identity decided; for one that has ids elsewhere that is what the search needs."""
    rows = found.rows()
    known = work.artist is not None and bool(work.artist.ids.keys() - {work.tools.providers.lead.space})
    if known:
        asked = spaces_asked(work.tools.providers)
        rows = attrs.evolve(rows, identity=attrs.evolve(found.learnt, asked=asked))
    await work.decide(rows, stage=Stage.INITIALIZING, part=0.5, artist=found.key())
    work.is_decided = known


async def _is_another(work: JobRun, found: Resolved) -> bool:
    """Return whether a known artist's id was answered by that of another act: nothing of it is stored then."""
    if work.artist is None or found.ref in work.refs():
        return False
    asked = work.artist
    own = Learnt(records=found.learnt.records, wanted=work.refs(), complete=True)
    await work.decide(Rows(identity=own), stage=Stage.INITIALIZING, part=0.5, artist=asked.key())
    if found.ref in work.refs():
        return False
    reason = f"answered as {found.ref} {found.name!r}, which has not the name of {asked.name}"
    work.checkpoint[LOST] = True
    await work.commit(Rows(rejects=(Reject(kind="artist", key=asked.key().provider_id, reason=reason),)))
    return True


def _gone(reference: ArtistRef, name: str) -> Resolved:
    ref = _meant(reference)
    record = Record(ref=ref, name=name, gone=True)
    return Resolved(ref=ref, name=name, learnt=Learnt(records=(record,), wanted=frozenset({ref}), complete=True))


def _reference(work: JobRun) -> ArtistRef:
    if work.artist is not None:
        return reference_to(work.artist.key().ref)
    return parse_reference(work.job.args["reference"])


def _meant(reference: ArtistRef) -> Ref:
    meant = ref_meant(reference)
    assert meant is not None  # a name is searched for; ids of this database were looked up before
    return meant
