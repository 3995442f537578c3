"""Accepts imports: finds out which artist is meant while the caller waits, and commits the job before the reply.

A name is searched at the providers even if it is stored, since several artists may have it. An id is unambiguous. While
a provider is unavailable the job is accepted unresolved, and looks the artist up itself.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import attrs
import trio

from thesetd.actors.jobs.ahead import concurrently
from thesetd.actors.jobs.artist_step import Resolved, resolve
from thesetd.actors.jobs.work import JobServices
from thesetd.actors.messages import Answer, Refusal, Submit, respond
from thesetd.domain.errors import (
    AmbiguousArtist,
    Candidate,
    Paused,
    RateLimited,
    Suspended,
    ThesetdError,
    Unavailable,
    UnknownArtist,
)
from thesetd.domain.facts import ImportAnswered
from thesetd.domain.gate.calls import Call, Purpose
from thesetd.domain.identity.spaces import Space, reference_to
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import NO_ROWS, Rows
from thesetd.domain.music.reference import ArtistRef, ReferenceKind
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import AGAIN, LOOK_UP_S, REQUEST_ID, ArtistKey, JobKind, KnownArtist, Lane, NewJob
from thesetd.domain.work.progress import Stage, advance
from thesetd.ports.pulse import busy

PATIENCE_S = 8.0  # for a provider while a caller waits for the reply; after that the job continues the look-up
KNOWN_PATIENCE_S = 1.0  # if an artist of the name is stored, which is meant unless there is a namesake
ACCEPT_S = 60.0  # in total: far above the other two
ASKED = "resolve"  # the purpose of calls before the job exists


class ImportIntake:
    """Answers requests for imports; `note`, if given, is the first message that users read."""

    def __init__(self, tools: JobServices) -> None:
        """Take the services of jobs."""
        self._tools = tools
        self.note = ""

    async def answer(self, message: Submit) -> None:
        """Accept or refuse one import."""
        began = trio.current_time()
        with message.reply, busy("accepts an import", ACCEPT_S):
            try:
                accepted = await self._accept(message.ref, message.request_id)
                answer: Answer[Accepted] | Refusal = Answer(accepted)
                outcome = "joined" if accepted.joined else "accepted"
            except ThesetdError as error:
                answer, outcome = Refusal(error), type(error).__name__
            respond(message.reply, answer)
        self._tools.observer.notify(
            ImportAnswered(outcome=outcome, seconds=trio.current_time() - began, request_id=message.request_id)
        )

    async def _accept(self, ref: ArtistRef, request_id: str | None) -> Accepted:
        began = trio.current_time()
        stored = await self._tools.reading.statuses.find_artist(ref)
        if (ours := _by_our_name(ref, stored)) is not None:
            ref, stored = reference_to(ours.key().ref), (ours,)
        whole = tuple(one for one in stored if not one.is_stub)
        found = None
        if ref.kind is ReferenceKind.NAME or not whole:
            tasks = (partial(self._found, ref, whole, request_id), self._forecast)
            found, _ = await concurrently(tasks)
        origin = {REQUEST_ID: request_id, AGAIN: bool(whole), LOOK_UP_S: round(trio.current_time() - began, 3)}
        if found is not None:
            return await self._commit(ref, found.key(), found.name, found.rows(), origin)
        key = _the_one(ref, whole, self._tools.providers.lead.space)
        return await self._commit(ref, key, None, NO_ROWS, origin)

    async def _found(self, ref: ArtistRef, stored: tuple[KnownArtist, ...], request_id: str | None) -> Resolved | None:
        """Request the artist from the providers; None if they are unavailable, or know less than is stored."""
        with trio.move_on_after(KNOWN_PATIENCE_S if stored else PATIENCE_S):
            try:
                return await resolve(ref, self._tools.providers, partial(self._fetch_now, request_id))
            except (RateLimited, Unavailable, Suspended, Paused):
                return None
            except UnknownArtist:
                if not stored:
                    raise
        return None

    async def _forecast(self) -> None:
        """Read what the expected end depends on while a request to a provider is in flight."""
        await self._tools.forecaster.look()

    async def _fetch_now(self, request_id: str | None, call: Call[Any]) -> Any:
        since = self._tools.clock.now() - timedelta(seconds=self._tools.import_age_s)
        return await self._tools.fetcher.fetch(
            call.on_behalf_of(Purpose(ASKED, request_id=request_id), since), Lane.INTERACTIVE
        )

    async def _commit(
        self, ref: ArtistRef, key: ArtistKey | None, name: str | None, rows: Rows, origin: Mapping[str, Any]
    ) -> Accepted:
        now, stage = self._tools.clock.now(), Stage.INITIALIZING
        await self._tools.forecaster.look()
        expected = self._tools.forecaster.expected(stage, again=origin[AGAIN], since=now)
        job = NewJob(
            kind=JobKind.IMPORT_ARTIST,
            lane=Lane.INTERACTIVE,
            unique_key=f"import:{key.provider_id}" if key else f"import:{ref.kind.value}:{fold(ref.value)}",
            args={"reference": ref.value, "artist_fetched": bool(rows.artists)}
            | {key: value for key, value in origin.items() if value},
            artist=key,
            progress=attrs.evolve(advance(None, stage, {}, note=self.note), expected=expected),
        )
        batch = Batch(at=now, rows=rows, enqueue=(job,))
        (accepted,) = (await self._tools.writer.write_soon(batch)).enqueued
        return accepted if accepted.name else attrs.evolve(accepted, name=name or ref.value)


def _by_our_name(ref: ArtistRef, stored: tuple[KnownArtist, ...]) -> KnownArtist | None:
    """Return the artist named by the id of its row or by its slug, which providers do not know.

    Raises:
        UnknownArtist: no artist has this slug.
    """
    if ref.kind is ReferenceKind.SLUG and not stored:
        raise UnknownArtist(ref.value)
    by_row = (one for one in stored if str(one.id) == ref.value)
    by_slug = (one for one in stored if one.slug == ref.value and fold(one.name) != fold(ref.value))
    own = next(by_row, None) or next(by_slug, None)
    return next(iter(stored)) if ref.kind is ReferenceKind.SLUG else own


def _the_one(ref: ArtistRef, stored: tuple[KnownArtist, ...], space: Space) -> ArtistKey | None:
    """Return the stored artist that is meant, preferring one that the catalogue knows; None if there is none.

    Raises:
        AmbiguousArtist: several stored artists have this name.
    """
    keys = {key: one for one in stored if (key := one.key_in(space)) is not None}
    if len(keys) > 1:
        known = [Candidate(name=one.name, spotify_id=key.provider_id) for key, one in keys.items()]
        raise AmbiguousArtist(ref.value, known)
    return next(iter([*keys, *(one.key() for one in stored)]), None)
