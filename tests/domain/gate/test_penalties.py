"""How long a provider is left alone, and how calls come back."""

import math
from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.gate.penalties import (
    BASE_PAUSE_S,
    DAY_S,
    JITTER_MOST_S,
    LONGEST_HINT_S,
    LONGEST_PAUSE_S,
    NUDGE_S,
    RAMP,
    SLACK_S,
    Penalty,
    Probation,
    merged,
    pause_s,
    penalty_after,
)

START = datetime(2026, 6, 1, tzinfo=UTC)
hints = st.none() | st.floats() | st.integers(-(10**9), 10**9).map(float)
seeds = st.integers(0, 10**6).map(Random)


def at(seconds: float) -> datetime:
    """Return the moment so many seconds after the start."""
    return START + timedelta(seconds=seconds)


def penalty(since: float = 0, until: float = 3600, strikes: int = 1, reason: str = "r") -> Penalty:
    """Give an order."""
    return Penalty(since=at(since), until=at(until), strikes=strikes, reason=reason)


@st.composite
def penalties(draw: st.DrawFn) -> Penalty:
    """Draw an order that lasts up to two days."""
    since = draw(st.integers(0, 400_000))
    return penalty(since, since + draw(st.integers(1, 200_000)), draw(st.integers(0, 20)), draw(st.sampled_from("ab")))


@given(hints, st.integers(0, 10_000), seeds)
def test_a_pause_is_finite_and_never_shorter_than_a_usable_hint(hint: float | None, strikes: int, rng: Random) -> None:
    """Whatever the provider says, the pause has slack, is bounded, and holds out a hint of up to a week."""
    pause = pause_s(hint, strikes, rng)
    usable = hint if hint is not None and math.isfinite(hint) and hint > 0 else BASE_PAUSE_S
    assert pause >= min(usable, LONGEST_HINT_S) + SLACK_S
    assert pause <= max(LONGEST_PAUSE_S, min(usable, LONGEST_HINT_S)) + SLACK_S + JITTER_MOST_S


@pytest.mark.parametrize("hint", [None, 0.0, -5.0, -math.inf, math.inf, math.nan])
def test_what_is_no_hint_makes_the_base_pause(hint: float | None) -> None:
    """Absent, zero, negative, past (negative) and nonsense are all the same."""
    assert BASE_PAUSE_S + SLACK_S <= pause_s(hint, 1, Random(1)) <= BASE_PAUSE_S + SLACK_S + 1.0


@given(st.floats(1, LONGEST_PAUSE_S), st.integers(1, 30), seeds)
def test_each_strike_doubles_the_pause_up_to_a_day(hint: float, strikes: int, rng: Random) -> None:
    """But for slack and jitter, which are at most a tenth and two seconds together."""
    expected = min(hint * 2.0 ** (strikes - 1), LONGEST_PAUSE_S)
    assert expected < pause_s(hint, strikes, rng) <= expected * 1.1 + 2.0


@given(st.none() | penalties(), st.integers(-1000, 700_000), st.integers(0, 1000), hints, seeds)
def test_an_answer_never_shortens_an_order(
    known: Penalty | None, sent: int, latency: int, hint: float | None, rng: Random
) -> None:
    """What was in force before is in force afterwards, and the new order's own end is held out as well."""
    now = at(sent + latency)
    new = penalty_after(known, sent_at=at(sent), now=now, hint_s=hint, reason="new", rng=rng)
    assert new.until >= now + timedelta(seconds=BASE_PAUSE_S if not hint or not hint > 0 else 0)
    assert new.strikes >= 1 or new == known
    assert new.since < new.until
    assert known is None or new.until >= known.until


def test_answers_to_calls_that_were_under_way_are_no_new_strike() -> None:
    """Four workers that are told at the same time to stay away have earned one strike."""
    found: Penalty | None = None
    for worker in range(4):
        found = penalty_after(
            found, sent_at=at(worker), now=at(10 + worker), hint_s=600, reason="r", rng=Random(worker)
        )
    assert found is not None
    assert (found.strikes, found.since) == (1, at(10))
    again = penalty_after(found, sent_at=found.until, now=found.until, hint_s=600, reason="r", rng=Random(1))
    assert (again.strikes, again.since) == (2, found.until)


def test_strikes_of_bans_are_lost_day_by_day() -> None:
    """A second ban within a day is longer; after a day in peace one strike is forgotten, after two days two."""
    ban = penalty(0, 3600, strikes=2)
    lost = [ban.strikes_at(at(3600 + days * DAY_S)) for days in (-0.01, 0, 0.99, 1, 2, 50)]
    assert lost == [2, 2, 2, 1, 0, 0]

    def strikes_after(days: float) -> int:
        moment = at(3600 + days * DAY_S)
        return penalty_after(ban, sent_at=moment, now=moment, hint_s=60, reason="r", rng=Random(1)).strikes

    assert [strikes_after(days) for days in (0.5, 1.5, 2.5)] == [3, 2, 1]


def test_a_nudge_is_forgotten_within_minutes() -> None:
    """A provider that says "one second" now and then is never left alone for hours."""
    found: Penalty | None = None
    for hour in range(24):
        moment = at(3600 * hour)
        found = penalty_after(found, sent_at=moment, now=moment, hint_s=1, reason="r", rng=Random(hour))
        assert found.until <= moment + timedelta(seconds=3)
    assert not penalty(0, NUDGE_S).is_ban
    assert penalty(0, NUDGE_S + 1).is_ban


@given(penalties(), penalties())
def test_joining_what_two_nodes_know_loses_nothing(one: Penalty, other: Penalty) -> None:
    """It does not matter who comes first or how often; the later end stays, and the later order's strikes."""
    joined = merged(one, other)
    assert joined == merged(other, one) == merged(joined, one) == merged(joined, other) == merged(joined, joined)
    assert joined.until == max(one.until, other.until)
    later = max(one, other, key=lambda p: p.until)
    assert joined.strikes >= later.strikes
    assert joined.since <= later.since
    assert merged(None, one) == one


def let_through(probation: Probation, order: Penalty, now: datetime) -> int:
    """Admit calls until one has to wait; give up at a hundred."""
    for count in range(100):
        if probation.admit(order, now) > 0:
            return count
    return 100


def test_after_a_ban_comes_one_probe_then_the_ramp() -> None:
    """Nothing goes before the end; then each step lets its calls through, and all must be answered before the next."""
    probation, ban = Probation(), penalty()
    assert probation.admit(ban, at(3599)) == 1.0
    for step, calls in enumerate(RAMP):
        assert let_through(probation, ban, at(3600)) == calls
        assert probation.probing == (step == 0)
        for answered in range(calls):
            assert answered == 0 or probation.admit(ban, at(3600)) > 0
            probation.succeeded(at(3600))
    assert let_through(probation, ban, at(3600)) == 100


def test_a_probe_that_tells_nothing_is_followed_by_another() -> None:
    """A call that broke off says nothing of the ban: one other takes its place, never two."""
    probation, ban = Probation(), penalty()
    for _ in range(3):
        assert let_through(probation, ban, at(4000)) == 1
        probation.abandoned(at(4000))
    assert let_through(probation, ban, at(4000)) == 1


def test_late_answers_do_not_end_a_probation() -> None:
    """What was sent before the pause ended says nothing of what comes after it."""
    probation, ban = Probation(), penalty()
    assert let_through(probation, ban, at(3600)) == 1
    for _ in range(5):
        probation.succeeded(at(3599))
        probation.abandoned(at(3599))
    assert probation.admit(ban, at(3600)) > 0


def test_a_clock_that_is_set_back_while_a_probe_is_under_way_loses_no_permission() -> None:
    """The order is in force again, and when it ends once more the probation begins anew."""
    probation, ban = Probation(), penalty()
    assert let_through(probation, ban, at(3601)) == 1
    probation.abandoned(at(3500))
    assert probation.admit(ban, at(3500)) == 100.0
    assert let_through(probation, ban, at(3600)) == 1


def test_a_new_order_begins_the_probation_again() -> None:
    """Also in the middle of the ramp."""
    probation = Probation()
    assert let_through(probation, penalty(), at(3600)) == 1
    probation.succeeded(at(3600))
    assert let_through(probation, penalty(), at(3600)) == 2
    longer = penalty(until=7200, strikes=2)
    assert probation.admit(longer, at(3601)) == 3599.0
    assert let_through(probation, longer, at(7200)) == 1


def test_without_an_order_or_long_after_it_calls_are_free() -> None:
    """A node that starts weeks after a ban has nothing to prove, and probes nothing."""
    probation = Probation()
    assert probation.admit(None, START) == 0.0
    assert let_through(probation, penalty(), at(3600 + DAY_S)) == 100
    assert not probation.probing
    assert not Probation().probing


def test_a_nudge_is_probed_by_every_node() -> None:
    """It is not worth agreeing on."""
    probation, nudge = Probation(), penalty(until=5)
    assert let_through(probation, nudge, at(5)) == 1
    assert not probation.probing


@given(st.lists(st.tuples(st.sampled_from(["answered", "broken", "order"]), st.integers(0, 4000)), max_size=80))
def test_a_probation_never_lets_more_through_than_its_step_and_never_blocks_for_good(
    steps: list[tuple[str, int]],
) -> None:
    """Whatever happens, at most the step's calls are under way, and with all of them settled one may go."""
    probation, order, seconds, under_way = Probation(), penalty(until=10), 10.0, list[datetime]()
    for what, pause in steps:
        seconds += pause
        if probation.admit(order, at(seconds)) == 0.0:
            under_way.append(at(seconds))
            counted = [sent for sent in under_way if sent >= order.until]
            assert len(counted) <= max(RAMP) or not order.strikes_at(at(seconds)) or probation._step == len(RAMP)
        if what == "order":
            order = penalty_after(order, sent_at=at(seconds), now=at(seconds), hint_s=100, reason="r", rng=Random(1))
        elif under_way:
            {"answered": probation.succeeded, "broken": probation.abandoned}[what](under_way.pop(0))
    for sent in under_way:
        probation.abandoned(sent)
    assert probation.admit(order, max(order.until, at(seconds))) == 0.0


@attrs.define
class Provider:
    """Bans whoever has called often enough; a call during the ban makes it twice as long, from that moment on."""

    rng: Random
    budget: int = 300
    banned_until: datetime = START
    ban_s: float = 0.0
    bans: int = 0
    rebans: int = 0
    calls: int = 0

    def call(self, now: datetime, *, under_way: bool = False) -> float | None:
        """Answer with Retry-After in whole seconds, None for success; what was under way is forgiven."""
        self.calls += 1
        if now < self.banned_until and not under_way:
            self.rebans += 1
            self.ban_s = min(2 * self.ban_s, DAY_S)
            self.banned_until = now + timedelta(seconds=self.ban_s)
        elif now >= self.banned_until:
            self.budget -= 1
            if self.budget > 0:
                return None
            self.bans += 1
            self.budget = self.rng.randrange(100, 800)
            self.ban_s = self.rng.uniform(60.0, 0.5 * DAY_S)
            self.banned_until = now + timedelta(seconds=self.ban_s)
        return float(int((self.banned_until - now).total_seconds()))


def a_month(seed: int, *, remembers: bool) -> Provider:
    """Call once a minute for 30 days, two at a time, restarting at random; give the provider's view of it."""
    rng = Random(seed)
    provider, known, probation = Provider(rng), None, Probation()
    for minute in range(30 * 24 * 60):
        now = at(60.0 * minute)
        if rng.random() < 0.005:
            known, probation = (known if remembers else None), Probation()
        sent = [now + timedelta(milliseconds=worker) for worker in range(2) if probation.admit(known, now) == 0.0]
        for number, moment in enumerate(sent):
            hint = provider.call(moment, under_way=number > 0)
            if hint is None:
                probation.succeeded(moment)
            else:
                known = penalty_after(known, sent_at=moment, now=moment, hint_s=hint, reason="r", rng=rng)
    return provider


@pytest.mark.untraced
@pytest.mark.parametrize("seed", range(5))
def test_a_month_with_ban_memory_has_no_rebans(seed: int) -> None:
    """Restarts inside bans included, and the provider is used; without memory the same month has many."""
    month = a_month(seed, remembers=True)
    assert month.rebans == 0
    assert month.bans >= 10
    assert month.calls > 5_000
    assert a_month(seed, remembers=False).rebans > 10


def test_a_ban_without_a_hint_is_found_out_by_few_probes() -> None:
    """An hour's ban that starts again with each early probe is sat out after no more than twelve of them."""
    rng, now, known = Random(3), START, None
    banned_until, early = at(3600), 0
    while now < banned_until:
        known = penalty_after(known, sent_at=now, now=now, hint_s=None, reason="r", rng=rng)
        banned_until, early, now = now + timedelta(hours=1), early + 1, known.until
    assert early <= 12
    assert now < at(4 * 3600)
