"""The change feed over the in-memory store of `fakes`: what a batch changed is noted with it, and numbered later."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import attrs
import trio

from fake_world import StoredArtist, World
from thesetd.domain.changes import CatalogueChange, ChangeAction, ChangeKind, Changes
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.batches import Batch

_SPACE = UUID("00000000-0000-0000-0000-000000000000")
_KINDS: Mapping[str, ChangeKind] = {
    "artists": ChangeKind.ARTIST,
    "shows": ChangeKind.SHOW,
    "actual_setlists": ChangeKind.SETLIST,
    "setlists": ChangeKind.PREDICTION,
}
_WATCHED: Mapping[str, tuple[str, ...]] = {
    "artists": ("name", "popularity", "followers", "spotify_id", "mbid", "image_url"),
    "shows": ("name", "status", "local_date", "local_time"),
    "actual_setlists": ("event_date", "tour", "songs"),
    "setlists": (),
}


class FakeChanges:
    """A `ChangeStore`."""

    world: World
    ping: Callable[[], Awaitable[None]]

    def __init__(self) -> None:
        """Start with nothing noted."""
        super().__init__()
        self.noted: list[CatalogueChange] = []
        self.feed: list[CatalogueChange] = []
        self.forgotten = Seq(0)

    def note(self, before: World, batch: Batch, changed: Collection[tuple[str, object]]) -> bool:
        """Note what a batch changed; say whether that was anything."""
        noted = len(self.noted)
        for table, key in sorted((one for one in changed if one[0] in _KINDS), key=str):
            self._note(table, key, _row(before, table, key), _row(self.world, table, key), batch)
        return len(self.noted) > noted

    def _note(self, table: str, key: object, was: Any, now: Any, batch: Batch) -> None:
        if isinstance(now, StoredArtist) and now.is_stub:
            return
        is_new = was is None or (isinstance(was, StoredArtist) and was.is_stub)
        old, new = _values(table, None if is_new else was), _values(table, now)
        names = sorted(name for name in new if old.get(name) != new[name])
        if not (names or table == "setlists"):
            return
        shown = [name for name in names if name != "songs"]
        change = CatalogueChange(
            seq=Seq(0),
            kind=_KINDS[table],
            action=ChangeAction.CREATED if is_new else ChangeAction.CHANGED,
            table=table,
            id=key if isinstance(key, UUID) else uuid5(_SPACE, str(key)),
            artist_id=key if table == "artists" and isinstance(key, UUID) else None,
            changed=tuple(names) if table != "setlists" else ("songs",),
            before={name: old.get(name) for name in shown},
            after={name: new[name] for name in shown},
            job_id=JobId(batch.job.id) if batch.job else None,
            at=batch.at,
        )
        self.noted.append(change)

    async def publish_changes(self, *, now: datetime) -> Seq:
        """Number what was noted; see `thesetd.ports.store.ChangeStore`."""
        await self.ping()
        for change in self.noted:
            self.feed.append(attrs.evolve(change, seq=Seq(self._last() + 1), at=now))
        self.noted.clear()
        return self._last()

    async def changes_after(self, *, since: Seq | None, kinds: Collection[ChangeKind] = (), limit: int) -> Changes:
        """Return published changes; see `thesetd.ports.store.ChangeStore`."""
        await self.ping()
        oldest = Seq(self.forgotten + 1)
        after = Seq(oldest - 1) if since is None else since
        page = Changes(changes=(), next=after, last=self._last(), oldest=oldest)
        if not page.reaches(after):
            return page
        found = [one for one in self.feed if one.seq > after and one.kind in (kinds or ChangeKind)][:limit]
        return attrs.evolve(page, changes=tuple(found), next=found[-1].seq if len(found) == limit else page.last)

    def forget(self, before: datetime) -> int:
        """Forget what was published before that moment."""
        old = [one for one in self.feed if one.at < before]
        self.forgotten = old[-1].seq if old else self.forgotten
        self.feed = [one for one in self.feed if one.at >= before]
        return len(old)

    def _last(self) -> Seq:
        return self.feed[-1].seq if self.feed else self.forgotten


def _row(world: World, table: str, key: object) -> Any:
    return world.artists.get(key) if isinstance(key, UUID) and table == "artists" else world.records[table].get(key)


def _values(table: str, row: Any) -> dict[str, Any]:
    if row is None:
        return {}
    record = row.record if isinstance(row, StoredArtist) else row
    said = {name: getattr(record, name) for name in _WATCHED[table]}
    if table == "shows":
        said["status"] = said["status"] or "scheduled"
    return {name: _json(value) for name, value in said.items() if value is not None}


def _json(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


class FakeFeed:
    """A `Feed` over a list of changes that tests append to; `close` is the daemon's end."""

    def __init__(self) -> None:
        """Start with one change."""
        self.listed = [example_change(1)]
        self.oldest = Seq(1)
        self.failure: Exception | None = None
        self._open, self._news = True, trio.Event()

    async def changes(self, *, since: Seq | None, kinds: Collection[ChangeKind] = (), limit: int) -> Changes:
        """Return them; see `thesetd.ports.control.Feed`."""
        await trio.lowlevel.checkpoint()
        if self.failure:
            raise self.failure
        last = Seq(len(self.listed))
        after = Seq(self.oldest - 1) if since is None else since
        found = [one for one in self.listed if one.seq > after and one.kind in (kinds or ChangeKind)][:limit]
        following = found[-1].seq if len(found) == limit else max(last, after)
        return Changes(changes=tuple(found), next=following, last=last, oldest=self.oldest)

    async def news(self, since: Seq) -> Seq | None:
        """Wait; see `thesetd.ports.control.Feed`."""
        while self._open and len(self.listed) <= since:
            await self._news.wait()
        return Seq(len(self.listed)) if self._open else None

    def publish(self, **parts: Any) -> CatalogueChange:
        """Append a change."""
        self.listed.append(example_change(len(self.listed) + 1, **parts))
        self._wake()
        return self.listed[-1]

    def close(self) -> None:
        """End the daemon."""
        self._open = False
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = trio.Event()


def example_change(seq: int, **parts: Any) -> CatalogueChange:
    """Return the cancellation of a show."""
    given: dict[str, Any] = {
        "kind": ChangeKind.SHOW,
        "action": ChangeAction.CHANGED,
        "table": "shows",
        "id": UUID("00000000-0000-0000-0000-00000000002c"),
        "artist_id": UUID("00000000-0000-0000-0000-00000000002a"),
        "changed": ("status",),
        "before": {"status": "scheduled"},
        "after": {"status": "cancelled"},
        "job_id": JobId(1),
        "at": datetime(2026, 6, 1, 12, tzinfo=UTC),
    }
    return CatalogueChange(seq=Seq(seq), **{**given, **parts})
