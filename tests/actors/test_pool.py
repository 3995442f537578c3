"""A pool brings calls through the gate: lanes, penalties, breaker, limits, retries."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
import trio

from fake_gate import GateParts
from recorder import Recorder
from thesetd.actors.asking import PooledCallExecutor
from thesetd.actors.gate.in_flight import LONGEST_WAIT_S
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.messages import Fetch
from thesetd.actors.pool import ATTEMPTS, BACKOFF_S, Pool
from thesetd.actors.replies import OneReply
from thesetd.domain.errors import BreakerOpen, NotFound, Paused, RateLimited, Unavailable
from thesetd.domain.facts import BreakerMoved, CallFinished
from thesetd.domain.gate.breaker import FAILURES_TO_OPEN, Breaker, BreakerState
from thesetd.domain.gate.calls import Call, Purpose, Request, Response
from thesetd.domain.gate.limiter import guarded_s
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SPOTIFY, JobId
from thesetd.domain.work.diagnosis import CallStage
from thesetd.domain.work.jobs import Lane
from thesetd.ports.transport import OnSent

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@attrs.define
class Wire:
    """A transport that answers by a script, one entry a request, then "ok" for ever; it keeps when each arrived."""

    script: list[Exception | str] = attrs.field(factory=list)
    delay_s: float = 0.0
    arrivals: list[tuple[float, str]] = attrs.field(factory=list)

    async def send(self, request: Request, _left: OnSent | None = None) -> Response:
        """Answer one request."""
        self.arrivals.append((trio.current_time(), request.path))
        step = self.script.pop(0) if self.script else "ok"
        await trio.sleep(self.delay_s)
        if isinstance(step, Exception):
            raise step
        return Response(status=200, headers={}, received_at=NOW, json=step)


def call(path: str = "/x", parse: Callable[[Response], Any] = lambda response: response.json) -> Call[Any]:
    """Make a call."""
    return Call(request=Request(provider=SPOTIFY, endpoint="e", path=path), parse=parse)


@attrs.define
class Running:
    """A pool at work."""

    fetcher: PooledCallExecutor
    mailbox: LaneMailbox
    recorder: Recorder
    parts: GateParts

    @property
    def breaker(self) -> Breaker:
        """Return the breaker."""
        return self.parts.breaker


@asynccontextmanager
async def pool(wire: Wire, *, windows: tuple[Window, ...] = (), concurrency: int = 2) -> AsyncIterator[Running]:
    """Run a pool for the length of a test."""
    recorder, mailbox = Recorder(), LaneMailbox()
    parts = GateParts(wire, recorder, windows=windows)
    made = Pool(parts.gate, mailbox=mailbox, concurrency=concurrency, rng=random.Random(1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.run)
        yield Running(PooledCallExecutor({SPOTIFY: mailbox}), mailbox, recorder, parts)
        nursery.cancel_scope.cancel()


async def test_an_answer_comes_back_parsed_and_is_accounted(autojump_clock: trio.testing.MockClock) -> None:
    """The parser's value is the answer; one fact tells provider, endpoint, lane, outcome and latency."""
    async with pool(Wire(["body"], delay_s=0.25)) as running:
        assert await running.fetcher.fetch(call(parse=lambda r: r.json.upper()), Lane.HIGH) == "BODY"
    fact = running.recorder.of(CallFinished)[0]
    assert (fact.endpoint, fact.lane, fact.outcome, fact.latency_s) == ("e", "high", "ok", 0.25)


async def test_urgent_calls_overtake(autojump_clock: trio.testing.MockClock) -> None:
    """With its worker busy an interactive call goes at once; then the lanes empty by urgency, two at a time."""
    wire = Wire(delay_s=1.0)
    async with pool(wire, concurrency=1) as running, trio.open_nursery() as nursery:
        for path, lane in (("/busy", Lane.LOW), ("/l", Lane.LOW), ("/m", Lane.MEDIUM), ("/i", Lane.INTERACTIVE)):
            nursery.start_soon(running.fetcher.fetch, call(path), lane)
            await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(running.fetcher.fetch, call("/i2"), Lane.INTERACTIVE)
        await trio.testing.wait_all_tasks_blocked()
        assert len(running.mailbox) == 3
        assert running.mailbox.views()[0].waiting == 1
    paths = [path for _, path in wire.arrivals]
    assert [paths[:2], sorted(paths[2:4]), paths[4:]] == [["/busy", "/i"], ["/i2", "/m"], ["/l"]]


async def test_limits_hold_at_the_wire(autojump_clock: trio.testing.MockClock) -> None:
    """Arrivals never exceed a window, whatever is waiting; calls that nobody waits for are spread over it."""
    wire = Wire()
    async with pool(wire, windows=(Window(3, 10.0),), concurrency=4) as running, trio.open_nursery() as nursery:
        for _ in range(9):
            nursery.start_soon(running.fetcher.fetch, call(), Lane.HIGH)
    times = [at for at, _ in wire.arrivals]
    assert all(late - early >= 10.0 for early, late in zip(times, times[3:], strict=False))
    assert times[-1] - times[0] < 8 * guarded_s(Window(3, 10.0)) / 3 + 1e-6


async def test_a_short_retry_after_is_waited_out(autojump_clock: trio.testing.MockClock) -> None:
    """A 429 with a hint of 7 s is followed by a request no earlier than that, and by its answer."""
    wire = Wire([RateLimited(SPOTIFY, "slow down", 7.0)])
    async with pool(wire) as running:
        assert await running.fetcher.fetch(call(), Lane.HIGH) == "ok"
    (first, _), (second, _) = wire.arrivals
    assert 7.0 < second - first <= 9.0
    assert running.breaker.state is BreakerState.CLOSED


async def test_a_long_retry_after_frees_the_worker_and_blocks_everybody(autojump_clock: trio.testing.MockClock) -> None:
    """A hint above a minute goes back to the job at once, and no further request leaves before it has passed."""
    wire = Wire([RateLimited(SPOTIFY, "quota", 48_925.0)])
    async with pool(wire) as running:
        for _ in range(3):
            with pytest.raises(RateLimited) as caught:
                await running.fetcher.fetch(call(), Lane.INTERACTIVE)
            assert caught.value.retry_after_s is not None
            assert caught.value.retry_after_s > LONGEST_WAIT_S
        assert trio.current_time() < 1.0
    assert len(wire.arrivals) == 1


async def test_a_penalty_is_never_shortened(autojump_clock: trio.testing.MockClock) -> None:
    """A second 429 with a smaller hint, answered later, does not bring the next request forward."""
    wire = Wire([RateLimited(SPOTIFY, "a", 50.0), RateLimited(SPOTIFY, "b", 1.0)])
    async with pool(wire) as running, trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(running.fetcher.fetch, call(), Lane.HIGH)
    assert min(at for at, _ in wire.arrivals[2:]) >= 50.0


async def test_one_that_stays_limited_goes_back_to_the_job(autojump_clock: trio.testing.MockClock) -> None:
    """After the attempts of one call it is the job's turn to wait."""
    wire = Wire([RateLimited(SPOTIFY, "no hint") for _ in range(ATTEMPTS)])
    async with pool(wire) as running:
        with pytest.raises(RateLimited):
            await running.fetcher.fetch(call(), Lane.HIGH)
    assert len(wire.arrivals) == ATTEMPTS


async def test_a_single_failure_is_tried_again(autojump_clock: trio.testing.MockClock) -> None:
    """One 502 costs a pause, not the call."""
    async with pool(Wire([Unavailable(SPOTIFY, "502")])) as running:
        assert await running.fetcher.fetch(call(), Lane.HIGH) == "ok"
    assert [f.outcome for f in running.recorder.of(CallFinished)] == ["Unavailable", "ok"]


async def test_a_storm_opens_the_breaker_which_parks_the_work(autojump_clock: trio.testing.MockClock) -> None:
    """Five failures open it; what waits is parked for the rest, then answered: no call is failed by the breaker."""
    storm = [Unavailable(SPOTIFY, "502") for _ in range(FAILURES_TO_OPEN)]
    wire, answers = Wire(list(storm)), []
    async with pool(wire, concurrency=1) as running, trio.open_nursery() as nursery:

        async def one() -> None:
            try:
                answers.append(await running.fetcher.fetch(call(), Lane.HIGH))
            except Unavailable as error:
                answers.append(type(error).__name__)

        for _ in range(3):
            nursery.start_soon(one)
    assert answers == ["Unavailable", "ok", "ok"]
    assert [f.state for f in running.recorder.of(BreakerMoved)] == ["open", "half-open", "closed"] or (
        running.breaker.state is BreakerState.HALF_OPEN
    )
    gap = wire.arrivals[FAILURES_TO_OPEN][0] - wire.arrivals[FAILURES_TO_OPEN - 1][0]
    assert gap >= 30.0


async def test_a_long_rest_goes_back_to_the_job(autojump_clock: trio.testing.MockClock) -> None:
    """While the breaker rests for longer than a worker waits, calls are answered at once with the time of the probe."""
    async with pool(Wire()) as running:
        for now in (0.0, 30.0, 90.0):
            for _ in range(FAILURES_TO_OPEN if now == 0.0 else 1):
                running.breaker.admit(now)
                running.breaker.failed(now)
        with pytest.raises(BreakerOpen) as caught:
            await running.fetcher.fetch(call(), Lane.HIGH)
    assert caught.value.retry_after_s > LONGEST_WAIT_S


@pytest.mark.parametrize("rest_s", [30.0, 60.0])
async def test_no_import_waits_longer_because_background_calls_rest_before_it(
    autojump_clock: trio.testing.MockClock, rest_s: float
) -> None:
    """While every worker has a call before an open breaker, an import's waits as if alone: for its first rest."""

    async def wait(fetcher: PooledCallExecutor, lane: Lane) -> None:
        with suppress(BreakerOpen):
            await fetcher.fetch(of_job(lane), lane)

    def of_job(lane: Lane) -> Call[Any]:
        return call(f"/{lane}").on_behalf_of(Purpose("import", job_id=JobId(lane)))

    async with pool(Wire(), concurrency=1) as running, trio.open_nursery() as nursery:
        running.breaker._next_rest_s = rest_s
        for _ in range(FAILURES_TO_OPEN):
            running.breaker.admit(0.0)
            running.breaker.failed(trio.current_time())
        began = trio.current_time()
        nursery.start_soon(wait, running.fetcher, Lane.HIGH)
        await trio.testing.wait_all_tasks_blocked()
        await wait(running.fetcher, Lane.INTERACTIVE)
        assert trio.current_time() - began <= (30.0 if rest_s <= 30.0 else 0.0) + 1e-6


@pytest.mark.untraced
async def test_answers_that_refuse_are_no_failures(autojump_clock: trio.testing.MockClock) -> None:
    """A hundred NotFound leave the breaker closed and are not tried again."""
    wire = Wire([NotFound(SPOTIFY, "no") for _ in range(100)])
    async with pool(wire) as running:
        for _ in range(100):
            with pytest.raises(NotFound):
                await running.fetcher.fetch(call(), Lane.HIGH)
    assert running.breaker.state is BreakerState.CLOSED
    assert len(wire.arrivals) == 100


async def test_a_call_that_nobody_waits_for_is_not_made(autojump_clock: trio.testing.MockClock) -> None:
    """A cancelled job's waiting calls cost nothing of the quota."""
    wire = Wire(delay_s=5.0)
    async with pool(wire, concurrency=1) as running, trio.open_nursery() as nursery:
        nursery.start_soon(running.fetcher.fetch, call("/first"), Lane.HIGH)
        await trio.testing.wait_all_tasks_blocked()
        with trio.move_on_after(1):
            await running.fetcher.fetch(call("/given-up"), Lane.HIGH)
        assert await running.fetcher.fetch(call("/last"), Lane.LOW) == "ok"
    assert [path for _, path in wire.arrivals] == ["/first", "/last"]


async def test_a_crash_in_mid_call_answers_unavailable_and_keeps_the_queue(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """The call in hand is answered, not left hanging; what waits in the lanes is served by the next life."""
    wire, defect = Wire(), [True]

    def parse(response: Response) -> Any:
        if defect.pop() if defect else False:
            raise ZeroDivisionError
        return response.json

    recorder, mailbox = Recorder(), LaneMailbox()
    parts = GateParts(wire, recorder)
    fetcher, answers = PooledCallExecutor({SPOTIFY: mailbox}), []

    def make() -> Pool:
        return Pool(parts.gate, mailbox=mailbox, concurrency=1, rng=random.Random(1))

    async def one() -> None:
        try:
            answers.append(await fetcher.fetch(call(parse=parse), Lane.HIGH))
        except Unavailable as error:
            answers.append(error.message)

    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(one)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.RaisesGroup(ZeroDivisionError):
            await make().run()
        nursery.start_soon(make().run)
        while len(answers) < 2:
            await trio.sleep(0.1)
        nursery.cancel_scope.cancel()
    assert answers == ["the pool restarted during the call", "ok"]
    assert parts.breaker.state is BreakerState.CLOSED


async def test_the_mailbox_is_bounded(autojump_clock: trio.testing.MockClock) -> None:
    """A sender waits when the mailbox is full, until there is room."""
    mailbox = LaneMailbox(capacity=1)
    fetch = Fetch(call=call(), lane=Lane.LOW, waiting_since=0.0, reply=OneReply())
    await mailbox.send(fetch)
    with trio.move_on_after(1) as scope:
        await mailbox.send(fetch)
    assert scope.cancelled_caught
    await mailbox.receive()
    await mailbox.send(fetch)


async def test_who_waits_to_ask_again_says_so_and_obeys_a_pause(autojump_clock: trio.testing.MockClock) -> None:
    """Between two attempts a call stands in its backoff with what it failed of; a pause turns it back at once."""
    async with pool(Wire([Unavailable(SPOTIFY, "HTTP 502")])) as running, trio.open_nursery() as nursery:

        async def ask() -> None:
            with pytest.raises(Paused):
                await running.fetcher.fetch(call().on_behalf_of(Purpose("x", JobId(1))), Lane.HIGH)

        nursery.start_soon(ask)
        await running.recorder.until(lambda r: bool(r.of(CallFinished)))
        await trio.testing.wait_all_tasks_blocked()
        (standing,) = running.parts.gate.in_flight.of(JobId(1))
        assert (standing.place, standing.reason) == (CallStage.BACKOFF, "HTTP 502")
        assert BACKOFF_S * 0.5 <= (standing.wait_s or 0.0) <= BACKOFF_S * 1.5
        running.parts.gate.in_flight.drain()
        asked_at = trio.current_time()
    assert trio.current_time() == asked_at
