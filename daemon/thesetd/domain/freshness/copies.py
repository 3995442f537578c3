"""Tracks each ageing copy: when it was refreshed, how often it changed, and when it is due."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

import attrs

from thesetd.domain.freshness.nights import DAY_S, Night, timed_age_days
from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.freshness.threshold import first_threshold, moved
from thesetd.domain.freshness.worth import due_age_days
from thesetd.domain.identity.spaces import SPACES, Space
from thesetd.domain.work.jobs import JobKind
from thesetd.domain.work.schedules import DEFAULTS

OLDEST_DAYS = 30.0  # no copy gets older, if the budget allows one refresh of each within that time
DUE_DAYS = 0.9 * OLDEST_DAYS  # copies of that age come before all others, so none is more than some days late
SALE_LAG = timedelta(minutes=10)  # from the start of a sale to the refresh that reads its effects
FIRST_PAUSE = timedelta(hours=3)  # from one order of a refresh to the next, unless the refresh sets another time
LONGEST_PAUSE = timedelta(days=OLDEST_DAYS)
INACTIVE_IMPORTANCE = 1e-6  # no threshold is as low
FADED = 0.01  # of a visit: what is left of one after seven weeks, which no longer counts for an inactive artist
MOST_FOLLOWERS, MOST_VISITS = 10_000, 1_000  # more do not count: one artist would take the calls of all others


class Aspect(Enum):
    """The part of an artist's data that one kind of job refreshes."""

    SHOWS = "shows"
    SETLISTS = "setlists"
    CATALOG = "catalog"
    PROFILE = "profile"

    @property
    def role(self) -> str:
        """Return its providers' role, see `thesetd.ports.providers.Role`: a catalogue knows its artists' profiles."""
        return "catalog" if self is Aspect.PROFILE else self.value


# Aspects of one role are requested from the same providers: one budget, so one threshold for all their copies.
SHARING: Mapping[Aspect, tuple[Aspect, ...]] = {
    aspect: tuple(other for other in Aspect if other.role == aspect.role) for aspect in Aspect
}
OF_KIND: Mapping[JobKind, tuple[Aspect, ...]] = {
    JobKind.IMPORT_ARTIST: tuple(Aspect),
    JobKind.REFRESH_SHOWS: (Aspect.SHOWS,),
    JobKind.REFRESH_SETLISTS: (Aspect.SETLISTS,),
    JobKind.REFRESH_CATALOG: (Aspect.CATALOG,),
    JobKind.REFRESH_PROFILE: (Aspect.PROFILE,),
}
LOOKS: Mapping[Aspect, JobKind] = {
    aspects[0]: kind for kind, aspects in OF_KIND.items() if kind is not JobKind.IMPORT_ARTIST
}
ASKED_BY: Mapping[Aspect, Space] = {  # only an artist with an id there can be refreshed
    Aspect(aspect): space.name for space in SPACES.values() for aspect in space.asked_for
}
TABLES: Mapping[Aspect, frozenset[str]] = {  # a change in one of these counts as a change of the aspect
    Aspect.SHOWS: frozenset({"shows", "artist_shows"}),
    Aspect.SETLISTS: frozenset({"actual_setlists"}),
    Aspect.CATALOG: frozenset({"albums", "tracks"}),
    Aspect.PROFILE: frozenset({"artists"}),
}


def aspect_of(schedule: str) -> Aspect:
    """Return the aspect that a schedule of `thesetd.domain.work.schedules` refreshes.

    Raises:
        KeyError: there is no such schedule, or it does not refresh artists.
    """
    kind = DEFAULTS[schedule].work
    if kind is None:
        raise KeyError(schedule)
    (aspect,) = OF_KIND[kind]
    return aspect


@attrs.frozen(kw_only=True)
class Usual:
    """The defaults of an aspect: changes per day of an artist that was never refreshed, and calls.

    `calls` are those of one refresh, `group` those of all refreshes that share them.

    These are assumptions to start with; rates are learned. An artist on tour announces something about every two weeks,
    and releases an album or single every six weeks; its popularity moves by a point about every week. A refresh of
    shows reads an attraction's events (one page), of setlists what was edited or the first page of the list, of a
    catalogue the lists of albums and singles and what is new in them, of a profile one call, or a fiftieth of one if
    profiles can be requested in batches. A group of artists' shows takes three calls: one for each kind of date.
    """

    per_day: float
    calls: float
    group: float


USUAL: Mapping[Aspect, Usual] = {
    Aspect.SHOWS: Usual(per_day=1 / 14, calls=1.0, group=3.0),
    Aspect.SETLISTS: Usual(per_day=1 / 10, calls=1.0, group=1.0),
    Aspect.CATALOG: Usual(per_day=1 / 45, calls=4.0, group=4.0),
    Aspect.PROFILE: Usual(per_day=1 / 7, calls=1.0, group=1.0),
}


def calls_together(kind: str) -> int:
    """Return how many calls a job of a kind usually makes together: as many as a refresh shares with others.

    Of any other kind it is as many as of a refresh of shows, since such jobs read lists of shows, too.
    """
    aspects = [aspect for aspect, job in LOOKS.items() if job.value == kind]
    return math.ceil(USUAL[aspects[0] if aspects else Aspect.SHOWS].group)


STALE_TARGETS: Mapping[Aspect, float] = {  # share of importance-weighted time: the daemon's target is to stay below it
    Aspect.SHOWS: 0.10,
    Aspect.SETLISTS: 0.10,
    Aspect.CATALOG: 0.10,
    Aspect.PROFILE: 0.25,  # a point of popularity matters less than a date
}


@attrs.frozen(kw_only=True)
class Copy:
    """The copy of one artist's aspect.

    Moments are aware UTC; `orders` counts the refreshes ordered since the last one.
    """

    rate: ChangeRate
    due_at: datetime
    looked_at: datetime | None = None
    orders: int = 0


@attrs.frozen(kw_only=True)
class Shared:
    """What all copies of an aspect share: the threshold and their number."""

    threshold: float
    copies: int


@attrs.frozen(kw_only=True)
class Look:
    """The outcome of a job that refreshed an aspect of its artist: a change, or none."""

    aspect: Aspect
    changed: bool


def profile_look(*, changed: bool) -> Look:
    """Return the outcome of reading an artist's record."""
    return Look(aspect=Aspect.PROFILE, changed=changed)


def first_shared(aspect: Aspect, copies: int, *, weight: float) -> Shared:
    """Return the initial values of an aspect, with which a copy of mean weight is refreshed every week."""
    return Shared(threshold=first_threshold(USUAL[aspect].per_day, weight, 7.0), copies=max(1, copies))


@attrs.frozen(kw_only=True)
class Demand:
    """The reasons to keep an artist fresh: how many users would see a stale copy.

    Attributes:
        popularity: the catalogue provider's, 0 to 100.
        wishes: imports that users requested within 30 days.
        followers: users who follow the artist in the application.
        visits: visits of the artist's pages in about a week, see `thesetd.domain.freshness.interest`.
        inactive: nothing has happened for a year, see the clean-up.
    """

    popularity: int | None = None
    wishes: int = 0
    followers: int = 0
    visits: float = 0.0
    inactive: bool = False

    @property
    def importance(self) -> float:
        """Return the importance, relative to 1 for an artist of whom nothing is known.

        Of an inactive artist a refresh is worth a call only when its copy has reached the floor, until users return.
        Each visit counts fully, since it shows the copy. Followers count by their square root, because most of them do
        not visit.
        """
        asked = 5.0 * min(self.wishes, 20)
        reported = math.sqrt(min(self.followers, MOST_FOLLOWERS)) + min(self.visits, MOST_VISITS)
        if self.inactive and asked + reported < FADED:
            return INACTIVE_IMPORTANCE
        return 1.0 + (self.popularity or 0) / 10.0 + asked + reported


def weight(aspect: Aspect, demand: Demand) -> float:
    """Return the importance of an artist's aspect divided by the cost of a refresh."""
    return demand.importance / USUAL[aspect].calls


def due_after(
    rate: ChangeRate, looked_at: datetime, shared: Shared, *, weight: float, nights: Sequence[Night] = ()
) -> datetime:
    """Return when a copy refreshed at that moment is due; `nights` are the artist's shows if the aspect is setlists."""
    if nights:
        days = timed_age_days(nights, looked_at, rate, weight, shared.threshold, oldest_days=DUE_DAYS)
    else:
        days = due_age_days(rate, weight, shared.threshold, oldest_days=DUE_DAYS)
    return looked_at + timedelta(days=days)


def looked(
    copy: Copy | None,
    look: Look,
    shared: Shared,
    *,
    weight: float,
    now: datetime,
    sale: datetime | None = None,
    nights: Sequence[Night] = (),
) -> tuple[Copy, Shared]:
    """Return a copy and the threshold after a refresh.

    The first refresh learns nothing, since there is nothing to compare.

    `sale` is when the next ticket sale of the artist begins: prices and states change then, so its shows are due.
    `nights` are the shows whose setlists are expected or may still change.
    """
    rate = copy.rate if copy else ChangeRate(USUAL[look.aspect].per_day)
    threshold = shared.threshold
    if copy and copy.looked_at and now > copy.looked_at:
        age_days = (now - copy.looked_at).total_seconds() / DAY_S
        rate = rate.after(age_days, changed=look.changed)
        if copy.orders:
            lag_days = (now - copy.due_at).total_seconds() / DAY_S
            threshold = moved(threshold, lag_days=lag_days, age_days=age_days, copies=shared.copies)
    shared = attrs.evolve(shared, threshold=threshold)
    due_at = due_after(rate, now, shared, weight=weight, nights=nights if look.aspect is Aspect.SETLISTS else ())
    if sale is not None and look.aspect is Aspect.SHOWS:
        due_at = min(due_at, max(sale, now) + SALE_LAG)
    return Copy(rate=rate, looked_at=now, due_at=due_at), shared


def pause_after(orders: int) -> timedelta:
    """Return how long an ordered refresh may take before it is ordered again; longer after each unanswered order."""
    return min(FIRST_PAUSE * 2.0 ** min(orders, 20), LONGEST_PAUSE)
