"""What a look teaches of a copy, and when it is due again."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from thesetd.domain.freshness.copies import (
    DUE_DAYS,
    LONGEST_PAUSE,
    OF_KIND,
    SALE_LAG,
    USUAL,
    Aspect,
    Copy,
    Demand,
    Look,
    Shared,
    aspect_of,
    first_shared,
    looked,
    pause_after,
    weight,
)
from thesetd.domain.freshness.interest import faded
from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.work.jobs import JobKind
from thesetd.domain.work.schedules import DEFAULTS

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SHARED = Shared(threshold=1.0, copies=100)
FOUND, NOTHING = Look(aspect=Aspect.SHOWS, changed=True), Look(aspect=Aspect.SHOWS, changed=False)


def copy(*, days_ago: float = 4.0, due_in_days: float = 0.0, orders: int = 1) -> Copy:
    """Make a copy that was looked at some days ago."""
    looked_at, due_at = NOW - timedelta(days=days_ago), NOW + timedelta(days=due_in_days)
    return Copy(rate=ChangeRate(1 / 14), looked_at=looked_at, due_at=due_at, orders=orders)


def test_the_first_look_learns_nothing() -> None:
    """Everything is new to who never looked: that is no change, and the copy is due as a usual one is."""
    after, shared = looked(None, FOUND, SHARED, weight=1.0, now=NOW)
    assert (after.rate, after.looked_at, shared) == (ChangeRate(1 / 14), NOW, SHARED)
    assert NOW < after.due_at <= NOW + timedelta(days=DUE_DAYS)


def test_a_look_that_found_something_brings_the_next_one_nearer() -> None:
    """At the same age and threshold a copy that changed is due before one that did not."""
    shared = Shared(threshold=0.2, copies=100)
    changed, _ = looked(copy(), FOUND, shared, weight=1.0, now=NOW)
    same, _ = looked(copy(), NOTHING, shared, weight=1.0, now=NOW)
    assert NOW < changed.due_at < same.due_at


@pytest.mark.parametrize(("due_in_days", "rises"), [(-2.0, True), (2.0, False)])
def test_an_ordered_look_moves_the_threshold(due_in_days: float, rises: bool) -> None:  # noqa: FBT001 - a table's
    """One that came late raises it, one that came before its time lowers it."""
    _, shared = looked(copy(due_in_days=due_in_days), FOUND, SHARED, weight=1.0, now=NOW)
    assert (shared.threshold > SHARED.threshold) is rises
    assert shared.threshold != SHARED.threshold


def test_a_look_that_nobody_ordered_leaves_the_threshold_alone() -> None:
    """A person's import looks whenever it is asked for: that says nothing of the budget."""
    _, shared = looked(copy(due_in_days=9.0, orders=0), FOUND, SHARED, weight=1.0, now=NOW)
    assert shared == SHARED


def test_a_clock_that_was_set_back_teaches_nothing() -> None:
    """A look before the last one has no age: the rate stays, and the copy is due from now on."""
    after, shared = looked(copy(days_ago=-1.0), FOUND, SHARED, weight=1.0, now=NOW)
    assert (after.rate, shared) == (ChangeRate(1 / 14), SHARED)


def test_looks_of_which_nothing_came_are_ordered_ever_less() -> None:
    """Three hours, six, twelve ... and never longer than a month: a copy that fails never stands first for ever."""
    pauses = [pause_after(orders) for orders in range(40)]
    assert pauses[:3] == [timedelta(hours=3), timedelta(hours=6), timedelta(hours=12)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_a_sale_that_begins_makes_shows_due() -> None:
    """Nothing else of the artist, and no look is later for it."""
    sale = NOW + timedelta(hours=1)
    after, _ = looked(copy(), NOTHING, SHARED, weight=1.0, now=NOW, sale=sale)
    assert after.due_at == sale + SALE_LAG
    other, _ = looked(copy(), attrs.evolve(NOTHING, aspect=Aspect.CATALOG), SHARED, weight=1.0, now=NOW, sale=sale)
    assert other.due_at > sale + SALE_LAG
    late, _ = looked(copy(), NOTHING, SHARED, weight=1.0, now=NOW, sale=NOW + timedelta(days=90))
    assert late.due_at <= NOW + timedelta(days=DUE_DAYS)


def test_what_people_ask_for_weighs_more_than_popularity() -> None:
    """One wish within a month counts as half of the popularity scale; an unknown popularity is the least."""
    assert weight(Aspect.SHOWS, Demand()) < weight(Aspect.SHOWS, Demand(popularity=50))
    assert weight(Aspect.SHOWS, Demand(wishes=1)) == weight(Aspect.SHOWS, Demand(popularity=50))
    assert weight(Aspect.SHOWS, Demand(followers=100)) == weight(Aspect.SHOWS, Demand(popularity=100))
    assert weight(Aspect.SHOWS, Demand(visits=1e9)) < weight(Aspect.SHOWS, Demand(visits=1e3, wishes=1))


def test_a_look_that_costs_more_weighs_less() -> None:
    """A catalogue's four calls count."""
    per_call = weight(Aspect.CATALOG, Demand(popularity=60, wishes=2)) * USUAL[Aspect.CATALOG].calls
    assert per_call == weight(Aspect.SHOWS, Demand(popularity=60, wishes=2))


@pytest.mark.parametrize("aspect", Aspect)
def test_every_aspect_has_its_usual_rate_and_a_kind_of_job(aspect: Aspect) -> None:
    """An aspect that nothing looks at, or of which nothing is assumed, is a mistake."""
    assert USUAL[aspect].per_day > 0
    assert [kind for kind, aspects in OF_KIND.items() if aspects == (aspect,)]
    assert aspect in OF_KIND[JobKind.IMPORT_ARTIST]
    assert first_shared(aspect, 0, weight=3.0).copies == 1


def test_every_schedule_that_looks_at_artists_has_an_aspect_and_a_target() -> None:
    """A schedule without one would look at everything every time."""
    for name, schedule in DEFAULTS.items():
        if schedule.work:
            assert isinstance(aspect_of(name), Aspect)
            assert schedule.target >= timedelta(hours=1)
        else:
            with pytest.raises(KeyError):
                aspect_of(name)


def test_an_inactive_artist_waits_for_its_floor_until_users_return() -> None:
    """However popular and visited it once was; a single visit, follower or import counts as for any other."""
    worth = weight(Aspect.SHOWS, Demand(popularity=90, inactive=True))
    after, _ = looked(copy(), NOTHING, SHARED, weight=worth, now=NOW)
    assert after.due_at == NOW + timedelta(days=DUE_DAYS)
    forgotten = Demand(popularity=90, inactive=True, visits=faded(1_000, NOW - timedelta(days=365), NOW))
    assert weight(Aspect.SHOWS, forgotten) == worth
    for demand in (Demand(wishes=1), Demand(followers=1), Demand(visits=0.5)):
        assert attrs.evolve(demand, inactive=True).importance == demand.importance
