"""What a call meets between its lane and the wire: orders that come meanwhile, intents, quota kept for people."""

import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import attrs
import pytest
import trio
import trio.testing
from trio.testing import MockClock

from fake_gate import FakeLimiter, GateParts
from recorder import Recorder
from thesetd.actors.gate.gate import NOT_MADE, Gate
from thesetd.actors.gate.in_flight import LONGEST_WAIT_S
from thesetd.actors.gate.quota import KEPT_S, LONGEST_KEPT_S, USUAL_CALLS
from thesetd.actors.messages import Fetch
from thesetd.actors.replies import OneReply
from thesetd.domain.errors import (
    BreakerOpen,
    NotConfigured,
    Paused,
    QuotaSpent,
    RateLimited,
    StoreUnavailable,
    Unavailable,
)
from thesetd.domain.gate.breaker import FAILURES_TO_OPEN
from thesetd.domain.gate.calls import Call, Purpose, Request, Response
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.gate.lanes import UserRate
from thesetd.domain.gate.limiter import LATE_S, TRANSIT_S, guarded_s
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SPOTIFY, JobId
from thesetd.domain.work.diagnosis import CallStage
from thesetd.domain.work.jobs import Lane
from thesetd.ports.gate import CallRecord
from thesetd.ports.transport import OnSent

DAY, HOUR = 86_400.0, 3_600.0


@attrs.define
class Wire:
    """A transport that keeps when each call arrived, and what the ledger held then."""

    held: Any = list
    arrivals: list[float] = attrs.field(factory=list)
    known: list[int] = attrs.field(factory=list)

    connect_s: float = 0.0
    answer_s: float = 0.0

    async def send(self, request: Request, left: OnSent | None = None) -> Response:
        """Answer at once, when connected."""
        if self.connect_s:
            await trio.sleep(self.connect_s)
        if left is not None:
            left()
        self.arrivals.append(trio.current_time())
        self.known.append(len(self.held()))
        await trio.lowlevel.checkpoint()
        await trio.sleep(self.answer_s)
        return Response(status=200, headers={}, received_at=datetime(2026, 1, 1, tzinfo=UTC), json="ok")


def fetch(lane: Lane = Lane.HIGH, job_id: JobId | None = None) -> Fetch:
    """Make a call."""
    call: Call[Any] = Call(request=Request(provider=SPOTIFY, endpoint="e", path="/x"), parse=lambda r: r.json)
    call = call.on_behalf_of(Purpose("import_artist", job_id))
    return Fetch(call=call, lane=lane, waiting_since=trio.current_time(), reply=OneReply())


async def test_an_order_that_comes_while_calls_wait_stops_them_all(autojump_clock: MockClock) -> None:
    """Five calls wait for their slots when a ban arrives: none is made before it is over."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(1, 5.0),))
    now = parts.clock.now()
    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(parts.gate.perform, fetch(Lane.INTERACTIVE))
        await trio.sleep(1.0)
        assert len(wire.arrivals) == 1
        until = now + timedelta(seconds=50)
        order = Penalty(since=now, until=until, strikes=1, reason="told so")
        await parts.box.block(SPOTIFY, fingerprint("credential"), order)
    assert min(wire.arrivals[1:]) >= 50.0
    assert len(wire.arrivals) == 6


async def test_who_sets_the_wall_clock_on_lifts_no_order(autojump_clock: MockClock) -> None:
    """Told to stay away for 600 s, then the wall clock is put on by an hour: no call before 600 s are over."""
    orders = [RateLimited(SPOTIFY, "too many", 600.0)]

    class Banning(Wire):
        async def send(self, request: Request, left: OnSent | None = None) -> Response:
            response = await super().send(request, left)
            if orders:
                raise orders.pop()
            return response

    wire = Banning()
    parts = GateParts(wire, Recorder())
    with pytest.raises(RateLimited):
        await parts.gate.perform(fetch())
    parts.clock._start += timedelta(hours=1)
    began = trio.current_time()
    while len(wire.arrivals) < 2:
        try:
            await parts.gate.perform(fetch())
        except RateLimited as error:
            await trio.sleep(error.retry_after_s or 0.0)
    assert 600.0 <= wire.arrivals[1] - began < 700.0


async def test_the_intent_is_there_before_a_call_that_a_quota_counts(autojump_clock: MockClock) -> None:
    """Whoever dies between intent and answer has counted the call."""
    wire = Wire(lambda: parts.ledger.calls)
    parts = GateParts(wire, Recorder(), windows=(Window(100, DAY),))
    await parts.gate.perform(fetch())
    assert wire.known == [1]


async def test_a_slow_ledger_costs_no_slot_and_makes_no_call_late(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the ledger took a second the slot is given back; the call takes the next one, and is not intended again."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(1, 3.0), Window(100, DAY)))
    intended: list[CallRecord] = []

    async def intend(record: CallRecord) -> None:
        await trio.sleep(1.0)
        intended.append(record)

    monkeypatch.setattr(parts.ledger, "intend", intend)
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    (moment,) = wire.arrivals
    (taken,) = parts.limiter.moments()
    assert 0.0 <= moment - taken <= LATE_S
    assert moment >= 1.0
    assert len(intended) == 1


async def test_a_database_that_hangs_does_not_keep_calls_from_being_made(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt at an intent fails after ten seconds, too late for its slot: the call is made at the next one."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(1, 3.0), Window(100, DAY)))

    async def intend(_: CallRecord) -> None:
        await trio.sleep(10.0)
        raise StoreUnavailable("it hangs")

    monkeypatch.setattr(parts.ledger, "intend", intend)
    with trio.fail_after(15.0):
        await parts.gate.perform(fetch(Lane.INTERACTIVE))
    await parts.gate.perform(fetch(Lane.INTERACTIVE, JobId(1)))
    assert len(wire.arrivals) == 2


@pytest.mark.untraced
async def test_imports_leave_slots_for_replies(autojump_clock: MockClock) -> None:
    """However many calls people's imports bring, somebody who asks for another one has the reply within seconds.

    Imports that took every slot at once would leave the next reply waiting for a whole window.
    """
    wire, waited = Wire(), []
    parts = GateParts(wire, Recorder(), windows=(Window(100, 60.0),))

    async def imports() -> None:
        for _ in range(300):
            await parts.gate.perform(fetch(Lane.INTERACTIVE, JobId(1)), UserRate(2.0, 0.1))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(imports)
        for _ in range(12):
            await trio.sleep(10)
            asked = trio.current_time()
            await parts.gate.perform(fetch(Lane.INTERACTIVE))
            waited.append(trio.current_time() - asked)
    assert max(waited) < 1.0
    assert len(wire.arrivals) == 312


@pytest.mark.parametrize("late_s", [0.0, LATE_S, 0.2, 2.0])
async def test_a_call_that_leaves_late_takes_its_slot_along(autojump_clock: MockClock, late_s: float) -> None:
    """Where making the connection took longer than the guard allows for, the limiter counts from when it was there."""
    wire = Wire(connect_s=late_s)
    parts = GateParts(wire, Recorder(), windows=(Window(1, 3.0),))
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    wire.connect_s = 0.0
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    first, second = wire.arrivals
    assert first == late_s
    assert second == guarded_s(Window(1, 3.0)) + (late_s if late_s > LATE_S else 0.0)


@pytest.mark.parametrize("answer_s", [0.0, TRANSIT_S, 0.5, 2.0])
async def test_a_call_counts_until_its_answer_proves_that_it_arrived(
    autojump_clock: MockClock, answer_s: float
) -> None:
    """Also the first of a process, which on a starved machine is slow on the way; the guard covers some of that."""
    wire = Wire(answer_s=answer_s)
    parts = GateParts(wire, Recorder(), windows=(Window(1, 3.0),))
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    first, second = wire.arrivals
    assert second - first == pytest.approx(guarded_s(Window(1, 3.0)) + max(0.0, answer_s - TRANSIT_S))


@pytest.mark.untraced
@pytest.mark.parametrize(("usual_s", "more_s", "later_s"), [(1.0, 0.0, 0.0), (1.0, 0.5, 0.5), (0.1, 0.4, 0.3)])
async def test_a_provider_that_always_takes_long_is_not_slowed_down(
    autojump_clock: MockClock, usual_s: float, more_s: float, later_s: float
) -> None:
    """Once many calls have shown how fast it can be, only what a call takes longer than that counts."""
    wire = Wire(answer_s=usual_s)
    parts = GateParts(wire, Recorder(), windows=(Window(1, 3.0),))
    for _ in range(USUAL_CALLS):
        await parts.gate.perform(fetch(Lane.INTERACTIVE))
    wire.answer_s = usual_s + more_s
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    *_, one, two = wire.arrivals
    assert two - one == pytest.approx(guarded_s(Window(1, 3.0)) + later_s)


async def test_a_call_whose_caller_left_gives_its_slot_back(autojump_clock: MockClock) -> None:
    """Cancelled while it waits for its moment, it leaves nothing behind."""
    parts = GateParts(Wire(), Recorder(), windows=(Window(1, 5.0),))
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    with trio.move_on_after(1.0):
        await parts.gate.perform(fetch(Lane.INTERACTIVE))
    assert parts.limiter.moments() == [0.0]


async def test_an_intent_of_a_call_that_is_turned_back_costs_nothing(autojump_clock: MockClock) -> None:
    """A long ban that comes while a call waits sends it back to its job; the ledger hears that it was not made."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(1, 5.0), Window(100, DAY)))
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    now = parts.clock.now()
    async with trio.open_nursery() as nursery:

        async def refused() -> None:
            with pytest.raises(RateLimited):
                await parts.gate.perform(fetch(Lane.INTERACTIVE))

        nursery.start_soon(refused)
        await trio.sleep(1.0)
        order = Penalty(since=now, until=now + timedelta(hours=3), strikes=1, reason="told so")
        await parts.box.block(SPOTIFY, fingerprint("credential"), order)
    assert len(wire.arrivals) == 1
    made, turned_back = parts.records.take()
    assert (made.outcome, made.cost) == ("ok", 1)
    assert (turned_back.outcome, turned_back.cost) == (NOT_MADE, 0)
    assert turned_back.key in parts.ledger.calls


def made_before(parts: GateParts, hours: float, number: int, **said: Any) -> CallRecord:
    """Return a call that was made so many hours ago."""
    call = CallRecord(
        key=f"{hours}-{number}",
        at=parts.clock.now() - timedelta(hours=hours),
        provider=SPOTIFY,
        endpoint="artist",
        lane=Lane.LOW.label,
        purpose="refresh",
        cost=1,
        outcome="ok",
    )
    return attrs.evolve(call, **said)


async def test_the_rest_of_a_days_quota_is_kept_for_people(autojump_clock: MockClock) -> None:
    """The background is sent back to its job with a time, at once; who is waited for goes on."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(100, DAY),))
    parts.limiter.fill(85)
    with pytest.raises(RateLimited) as caught:
        await parts.gate.perform(fetch())
    assert caught.value.retry_after_s == KEPT_S
    with pytest.raises(RateLimited, match="reserved for users"):
        await parts.gate.perform(refresh(Lane.INTERACTIVE, JobId(1)))  # of an import, which goes on without it
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    assert len(wire.arrivals) == 1


async def test_what_is_kept_for_people_is_known_after_a_restart(autojump_clock: MockClock) -> None:
    """The ledger tells of a day in which nobody imported, so a new process keeps a burst, not what is kept at first."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(100, DAY),))
    parts.limiter.fill(90)
    for hours in range(24):
        await parts.ledger.record([made_before(parts, hours, number) for number in range(4)])
    await parts.gate.perform(fetch())
    assert len(wire.arrivals) == 1


async def test_what_other_nodes_people_ask_for_is_kept_too(autojump_clock: MockClock) -> None:
    """The ledger has their calls: imports of forty calls in the last hour keep the background from the rest."""
    parts = GateParts(Wire(), Recorder(), windows=(Window(100, DAY),))
    parts.limiter.fill(90)
    for number in range(40):
        await parts.ledger.record([made_before(parts, 1, number, lane=Lane.INTERACTIVE.label, job_id=JobId(1))])
    await parts.ledger.record([made_before(parts, 24, 0)])
    with pytest.raises(RateLimited, match="reserved for users"):
        await parts.gate.perform(fetch())


async def test_the_budget_says_when_calls_become_free(autojump_clock: MockClock) -> None:
    """Of fifty calls within an hour none is free again for 23: until then the rest is all there is."""
    parts = GateParts(Wire(), Recorder(), windows=(Window(100, DAY),))
    parts.limiter.fill(50)
    before = [made_before(parts, 1, number) for number in range(30)] + [made_before(parts, 0.5, 0, cost=20)]
    await parts.ledger.record(before)
    budget = await parts.gate.budget(0.0)
    assert budget is not None
    assert budget.leaving is not None
    assert [calls for _, calls in budget.leaving] == [30, 20]
    assert [days * 24 for days, _ in budget.leaving] == pytest.approx([23.0, 23.5], abs=0.1)
    assert (budget.used, budget.whole) == (50, 98)
    assert budget.calls < 98
    now, hour = parts.clock.now(), timedelta(hours=1)
    assert budget.looks_for(now, now + hour, 0.1) == math.ceil(10 * 48 / budget.leaving[0][0] / 24)


async def test_calls_that_are_turned_back_come_again_one_by_one(autojump_clock: MockClock) -> None:
    """Each when there is room for one more, not all together for one; none waits longer than some hours."""
    parts = GateParts(Wire(), Recorder(), windows=(Window(100, DAY),))
    parts.limiter.fill(85)
    waits = []
    for _ in range(40):
        with pytest.raises(RateLimited) as caught:
            await parts.gate.perform(fetch())
        waits.append(caught.value.retry_after_s)
    assert waits[:3] == [KEPT_S, KEPT_S + DAY / 100, KEPT_S + 2 * DAY / 100]
    assert waits[-1] == LONGEST_KEPT_S


def refresh(lane: Lane = Lane.HIGH, job: JobId | None = None, kind: str = "refresh_shows") -> Fetch:
    """Make a call for which no user waits, as of a refresh that a schedule ordered."""
    made = fetch(lane)
    return attrs.evolve(made, call=made.call.on_behalf_of(Purpose(kind, job, is_spare=True)))


async def test_calls_of_the_same_work_that_are_turned_back_come_again_together(autojump_clock: MockClock) -> None:
    """A refresh has several lists: they take one turn, and another refresh the next."""
    parts = GateParts(Wire(), Recorder(), windows=(Window(100, DAY),))
    parts.limiter.fill(100)
    waits = []
    for job in (1, 1, 2, 1, 2):
        with pytest.raises(QuotaSpent) as caught:
            await parts.gate.perform(refresh(job=JobId(job)))
        waits.append(caught.value.retry_after_s)
    first, second = KEPT_S, KEPT_S + DAY / 100
    assert waits == [first, first, second, first, second]


@pytest.mark.parametrize("nodes", [1, 3])
async def test_refreshes_that_are_due_together_keep_to_the_pace_of_a_quota(
    autojump_clock: MockClock, nodes: int
) -> None:
    """A day's 240 calls are free: an hour has twice its even share of ten, however many nodes come back together."""
    wire, windows = Wire(), (Window(240, DAY),)
    one = GateParts(wire, Recorder(), windows=windows)
    await one.ledger.record([made_before(one, 24, 0)])
    others = [
        GateParts(wire, Recorder(), limiter=one.limiter, ledger=one.ledger, node=f"node{n}") for n in range(1, nodes)
    ]
    async with trio.open_nursery() as nursery:

        async def resumed(gate: Gate) -> None:
            while True:
                try:
                    await gate.perform(refresh())
                except QuotaSpent as error:
                    await trio.sleep(error.retry_after_s)
                else:
                    return

        for parts in (one, *others):
            for _ in range(60 // nodes):
                nursery.start_soon(resumed, parts.gate)
    hours = [sum(begin <= at < begin + HOUR for at in wire.arrivals) for begin in wire.arrivals]
    assert len(wire.arrivals) == 60
    assert max(hours) <= 20 + nodes
    assert wire.arrivals[-1] < 5 * HOUR


@pytest.mark.parametrize(("window", "readings"), [(Window(100, 30.0), 1), (Window(240, DAY), 4)])
async def test_only_a_quotas_usage_is_read_for_each_refresh(
    autojump_clock: MockClock, window: Window, readings: int
) -> None:
    """A reading is a round trip to Redis, the first shows which windows there are; no other has a pace to keep."""

    class Counting(FakeLimiter):
        readings = 0

        async def usage(self) -> tuple[tuple[Window, int], ...]:
            self.readings += 1
            return await super().usage()

    limiter = Counting((window,))
    parts = GateParts(Wire(), Recorder(), limiter=limiter)
    for _ in range(3):
        await parts.gate.perform(refresh())
    assert limiter.readings == readings


async def test_other_calls_need_not_keep_to_the_pace(autojump_clock: MockClock) -> None:
    """Imports that an operator ordered, and users' imports, which go on when refreshes wait."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(240, DAY),))
    await parts.ledger.record([made_before(parts, 24, 0)])
    for _ in range(30):
        await parts.gate.perform(fetch())
    with pytest.raises(QuotaSpent, match="pace"):
        await parts.gate.perform(refresh())
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    assert len(wire.arrivals) == 31


async def test_a_refresh_is_made_whole_or_not_at_all(autojump_clock: MockClock) -> None:
    """Two calls are kept of what is free. With five free it begins, and goes on with a fourth; then no other begins."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(100, DAY),))
    for hours in range(24):
        await parts.ledger.record([made_before(parts, hours, number) for number in range(4)])
    parts.limiter.fill(95)
    for job in (JobId(1), JobId(2)):
        async with trio.open_nursery() as nursery:
            refused = list[QuotaSpent]()

            async def made(job: JobId = job, refused: list[QuotaSpent] = refused) -> None:
                try:
                    await parts.gate.perform(refresh(job=job))
                except QuotaSpent as error:
                    refused.append(error)

            for _ in range(5):
                nursery.start_soon(made)
        assert len(wire.arrivals) == 4
        assert len(refused) == (1 if job == JobId(1) else 5)


@pytest.mark.parametrize("kind", ["refresh_setlists", "refresh_profile"])
async def test_a_refresh_of_one_list_uses_the_last_call(autojump_clock: MockClock, kind: str) -> None:
    """Of two free calls one is not kept for users: a refresh that makes one call makes it, and another makes none."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(100, DAY),))
    for hours in range(24):
        await parts.ledger.record([made_before(parts, hours, number) for number in range(4)])
    parts.limiter.fill(97)
    await parts.gate.perform(refresh(job=JobId(1), kind=kind))
    with pytest.raises(QuotaSpent, match="reserved for users"):
        await parts.gate.perform(refresh(job=JobId(2), kind=kind))
    assert len(wire.arrivals) == 1


async def test_a_refresh_that_pauses_is_admitted_again(autojump_clock: MockClock) -> None:
    """What it might have used a minute ago is not its own any more: the usage has to allow for it."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(240, DAY),))
    await parts.ledger.record([made_before(parts, 24, 0)])
    await parts.gate.perform(refresh(job=JobId(1)))
    for number in range(2, 22):
        with suppress(QuotaSpent):
            await parts.gate.perform(refresh(job=JobId(number)))
    await parts.gate.perform(refresh(job=JobId(1)))
    await trio.sleep(60.0)
    with pytest.raises(QuotaSpent, match="pace"):
        await parts.gate.perform(refresh(job=JobId(1)))


async def test_calls_in_a_row_leave_what_is_kept_for_people(autojump_clock: MockClock) -> None:
    """Of five free calls two are kept: the usage that was read before the first of three does not admit a fourth."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(100, DAY),))
    for hours in range(24):
        await parts.ledger.record([made_before(parts, hours, number) for number in range(4)])
    parts.limiter.fill(95)
    for _ in range(3):
        await parts.gate.perform(fetch())
    with pytest.raises(QuotaSpent, match="reserved for users"):
        await parts.gate.perform(fetch())
    assert len(wire.arrivals) == 3


async def test_what_comes_back_of_a_used_up_quota_is_for_people(autojump_clock: MockClock) -> None:
    """A place that becomes free within seconds is not taken by a background call that waits for it, but by a user."""
    wire = Wire()
    parts = GateParts(wire, Recorder(), windows=(Window(100, DAY),))
    parts.limiter.fill(100)
    await parts.ledger.record([made_before(parts, 0, 0, cost=100)])
    await trio.sleep(guarded_s(Window(100, DAY)) - 20.0)
    with pytest.raises(QuotaSpent, match="what comes back is for users") as caught:
        await parts.gate.perform(fetch())
    assert caught.value.retry_after_s == KEPT_S
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    assert len(wire.arrivals) == 1


async def test_a_used_up_quota_is_asked_again_when_a_place_is_free(autojump_clock: MockClock) -> None:
    """According to the ledger: of a hundred calls within one hour, the first one comes back a day later."""
    parts = GateParts(Wire(), Recorder(), windows=(Window(100, DAY),))
    parts.limiter.fill(100)
    await parts.ledger.record([made_before(parts, 1, 0, cost=100)])
    with pytest.raises(QuotaSpent, match="used up") as caught:
        await parts.gate.perform(fetch())
    assert caught.value.retry_after_s == pytest.approx(23 * 3600.0, abs=600.0)


async def test_a_quotas_calls_are_intended_from_the_first_on(autojump_clock: MockClock) -> None:
    """Also those that begin while what is used is asked for the first time."""
    wire = Wire(lambda: parts.ledger.calls)
    parts = GateParts(wire, Recorder(), windows=(Window(100, DAY),))
    usage = parts.limiter.usage

    async def slow() -> tuple[tuple[Window, int], ...]:
        await trio.sleep(0.1)
        return await usage()

    parts.limiter.usage = slow  # type: ignore[method-assign]
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(parts.gate.perform, fetch(Lane.INTERACTIVE))
    assert len(parts.ledger.calls) == 3


async def test_what_nobody_was_asked_costs_nothing(autojump_clock: MockClock) -> None:
    """Without a key no call is made: neither the limiter nor the ledger counts one."""

    class WithoutKey(Wire):
        async def send(self, request: Request, left: OnSent | None = None) -> Response:
            await trio.lowlevel.checkpoint()
            raise NotConfigured("set a key")

    parts = GateParts(WithoutKey(), Recorder(), windows=(Window(100, DAY),))
    with pytest.raises(NotConfigured):
        await parts.gate.perform(fetch())
    await parts.ledger.record(parts.records.take())
    assert await parts.ledger.spent(SPOTIFY, parts.clock.now() - timedelta(days=1)) == ()
    assert parts.limiter.moments() == []


async def test_a_breaker_that_opens_while_a_call_waits_sends_it_back(autojump_clock: MockClock) -> None:
    """A rest of ten minutes is not waited out by a worker, wherever the call is when it begins."""
    parts = GateParts(Wire(), Recorder(), windows=(Window(1, 5.0),))
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    async with trio.open_nursery() as nursery:

        async def refused() -> None:
            with pytest.raises(BreakerOpen):
                await parts.gate.perform(fetch(Lane.INTERACTIVE))

        nursery.start_soon(refused)
        await trio.sleep(1.0)
        parts.breaker._next_rest_s = 600.0
        for _ in range(FAILURES_TO_OPEN):
            parts.breaker.admit(trio.current_time())
            parts.breaker.failed(trio.current_time())
    assert trio.current_time() < LONGEST_WAIT_S
    assert len(parts.limiter.moments()) == 1


async def test_a_probe_that_is_called_back_leaves_its_place_to_another(autojump_clock: MockClock) -> None:
    """A pause begins just when a node asks whether it may test the end of a ban: after the pause somebody tests it."""
    wire = Wire()
    parts = GateParts(wire, Recorder())
    now = parts.clock.now()
    order = Penalty(since=now, until=now + timedelta(hours=1), strikes=1, reason="told so")
    await parts.box.block(SPOTIFY, fingerprint("credential"), order)
    await trio.sleep(3601.0)
    asked, answer = trio.Event(), parts.box.probe

    async def slow(*args: Any, **more: Any) -> float:
        asked.set()
        await trio.sleep(1.0)
        return await answer(*args, **more)

    parts.box.probe = slow  # type: ignore[method-assign]
    async with trio.open_nursery() as nursery:

        async def paused() -> None:
            with pytest.raises(Paused):
                await parts.gate.perform(fetch())

        nursery.start_soon(paused)
        await asked.wait()
        parts.gate.in_flight.drain()
    parts.gate.in_flight.open()
    with trio.fail_after(60.0):
        await parts.gate.perform(fetch())
    assert len(wire.arrivals) == 1


async def test_an_order_counts_from_the_moment_it_is_heard(autojump_clock: MockClock) -> None:
    """While the stores are slow others of this gate stay away already, also when who brought the order is cancelled."""

    class Banning(Wire):
        async def send(self, request: Request, left: OnSent | None = None) -> Response:
            await super().send(request, left)
            parts.box.current = parts.box.block = never  # type: ignore[method-assign]
            raise RateLimited(SPOTIFY, "too many", 600.0)

    async def never(*_: Any) -> Penalty:
        await trio.sleep_forever()
        raise AssertionError

    wire = Banning()
    parts = GateParts(wire, Recorder())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(parts.gate.perform, fetch())
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(RateLimited), trio.fail_after(1.0):
            await parts.gate.perform(fetch())
        nursery.cancel_scope.cancel()
    with pytest.raises(RateLimited), trio.fail_after(1.0):
        await parts.gate.perform(fetch())
    assert len(wire.arrivals) == 1


async def test_a_call_that_waits_in_the_limiter_is_seen_to_wait_for_a_slot(autojump_clock: MockClock) -> None:
    """Not as one that is about to be made; it is told for when."""
    parts = GateParts(Wire(), Recorder(), windows=(Window(1, 30.0),))
    await parts.gate.perform(fetch(Lane.INTERACTIVE))
    async with trio.open_nursery() as nursery:
        waiting = fetch(Lane.INTERACTIVE)
        nursery.start_soon(parts.gate.perform, waiting)
        await trio.sleep(10.0)
        (standing,) = parts.gate.in_flight.of(waiting.call.purpose.job_id)  # type: ignore[arg-type]
        assert standing.place is CallStage.SLOT
        assert standing.wait_s == pytest.approx(guarded_s(Window(1, 30.0)) - 10.0)


@pytest.mark.parametrize(
    ("doubt", "said", "wait_s"),
    [
        ("", "no slot for e: the quota is used up", guarded_s(Window(100, DAY))),
        ("Redis is away", "no slot for e: Redis is away", 5.0),
    ],
)
async def test_a_call_without_a_slot_is_refused_for_the_true_reason(
    autojump_clock: MockClock, doubt: str, said: str, wait_s: float
) -> None:
    """While the limiter cannot know what is used, the quota is not to blame, and the job tries again within seconds."""
    parts = GateParts(Wire(), Recorder(), windows=(Window(100, DAY),))
    parts.limiter.fill(100)
    parts.limiter.doubt = doubt
    with pytest.raises(QuotaSpent) as caught:
        await parts.gate.perform(fetch(Lane.INTERACTIVE))
    assert caught.value.message == said
    assert caught.value.retry_after_s == pytest.approx(wait_s, rel=0.01)


async def test_a_persons_import_waits_out_a_short_doubt_of_the_limiter(autojump_clock: MockClock) -> None:
    """It began just after a restart: the quota is there, and is known again within seconds. A look-up does not wait."""
    parts = GateParts(Wire(), Recorder(), windows=(Window(100, DAY),))
    parts.limiter.fill(100)
    parts.limiter.doubt = "being gathered"
    with pytest.raises(QuotaSpent):
        await parts.gate.perform(fetch(Lane.INTERACTIVE))
    assert trio.current_time() == 0.0
    async with trio.open_nursery() as nursery:
        waiting = fetch(Lane.INTERACTIVE, JobId(uuid4()))
        nursery.start_soon(parts.gate.perform, waiting)
        await trio.sleep(8.25)
        (standing,) = parts.gate.in_flight.of(waiting.call.purpose.job_id)  # type: ignore[arg-type]
        assert (standing.place, standing.reason) == (CallStage.SLOT, "being gathered")
        parts.limiter.set_windows((Window(101, DAY),))
        parts.limiter.doubt = ""
    assert 8.25 < trio.current_time() < 10.0


async def test_a_doubt_that_lasts_sends_a_persons_import_back(autojump_clock: MockClock) -> None:
    """After a quarter of a minute, and its job asks again in five seconds."""
    parts = GateParts(Wire(), Recorder(), windows=(Window(100, DAY),))
    parts.limiter.fill(100)
    parts.limiter.doubt = "Redis is away"
    with pytest.raises(QuotaSpent) as caught:
        await parts.gate.perform(fetch(Lane.INTERACTIVE, JobId(uuid4())))
    assert (trio.current_time(), caught.value.retry_after_s) == (pytest.approx(15.0, abs=1.0), 5.0)


@pytest.mark.parametrize("lane", [Lane.INTERACTIVE, Lane.HIGH])
async def test_a_call_waits_for_the_first_rest_of_a_breaker(autojump_clock: MockClock, lane: Lane) -> None:
    """What is still down then is left to a later job."""

    class Failing(Wire):
        async def send(self, request: Request, left: OnSent | None = None) -> Response:
            await super().send(request, left)
            raise Unavailable(SPOTIFY, "HTTP 503")

    parts = GateParts(Failing(), Recorder())
    for _ in range(5):
        with pytest.raises(Unavailable):
            await parts.gate.perform(fetch(Lane.HIGH))
    with pytest.raises(Unavailable):
        await parts.gate.perform(fetch(lane))
    with pytest.raises(Unavailable):
        await parts.gate.perform(fetch(lane))
    assert trio.current_time() == pytest.approx(30.0)
