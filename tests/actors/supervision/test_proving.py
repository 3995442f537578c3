"""Credentials are proved before somebody needs them, and at little cost."""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
import trio

from recorder import Recorder
from thesetd.actors.gate.holds import Hold
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.actors.supervision.proving import AGAIN_S, BESIDE_S, FIRST_S, CredentialProver, Proof
from thesetd.domain.errors import NotFound, Suspended, Unauthorized, Unavailable
from thesetd.domain.gate.calls import Call, Purpose, Request
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.jobs import Lane

DAY_S = 86_400.0
WRONG = Unauthorized(SPOTIFY, "wrong key")
ASK = Call(request=Request(provider=SPOTIFY, endpoint="artist", path="artists/1"), parse=lambda _: None)


@attrs.define
class Provider:
    """A provider that answers as it is told, behind the part of a gate that a proof meets."""

    hold: Hold
    answer: Exception | None = None
    token: Exception | bool = True
    calls: list[float] = attrs.field(factory=list)
    tokens: list[float] = attrs.field(factory=list)
    in_flight: Any = attrs.field(factory=lambda: SimpleNamespace(closed=False))
    penalised: bool = False

    @property
    def penalties(self) -> Any:
        """Return its penalties."""

        async def in_force() -> bool:
            return self.penalised

        return SimpleNamespace(in_force=in_force)

    async def fetch(self, call: Call[Any], lane: Lane) -> None:
        """Make a call."""
        assert (lane, call.purpose) == (Lane.LOW, Purpose("probe"))
        self.hold.admit()
        self.calls.append(trio.current_time())
        self.hold.record(self.answer)
        if self.answer is not None:
            raise self.answer

    async def beside(self) -> bool:
        """Ask for a token."""
        self.tokens.append(trio.current_time())
        if isinstance(self.token, Exception):
            raise self.token
        return self.token


@pytest.fixture
def provider() -> Provider:
    """Return a provider that lets us in."""
    return Provider(Hold(SPOTIFY, Recorder()))


async def prove(provider: Provider, seconds: float, *, beside: bool = False) -> None:
    """Let the actor work for a while; over a day it looks less often."""
    way: Callable[[], Awaitable[bool]] | None = provider.beside if beside else None
    polls = Polls(credentials_s=30.0) if seconds == DAY_S else POLLS
    prover = CredentialProver(
        {SPOTIFY: Proof(call=ASK, beside=way)}, gates={SPOTIFY: provider}, fetcher=provider, polls=polls
    )
    with trio.move_on_after(seconds):
        await prover.run()


@pytest.mark.untraced
async def test_a_token_proves_at_once_and_no_call_is_made(
    autojump_clock: trio.testing.MockClock, provider: Provider
) -> None:
    """It costs no quota."""
    await prove(provider, 1.0, beside=True)
    assert provider.hold.proved_at == provider.tokens[0]
    await prove(provider, DAY_S, beside=True)
    assert provider.calls == []


@pytest.mark.untraced
@pytest.mark.parametrize("answer", [None, NotFound(SPOTIFY, "no such artist")])
async def test_one_call_where_none_is_made(
    autojump_clock: trio.testing.MockClock, provider: Provider, answer: Exception | None
) -> None:
    """An answer of whatever kind proves the key; then real calls do."""
    provider.answer = answer
    began = trio.current_time()
    await prove(provider, DAY_S)
    (at,) = provider.calls
    assert FIRST_S <= at - began <= FIRST_S + 5
    assert provider.hold.proved_at == at


@pytest.mark.untraced
async def test_no_call_after_a_real_one(autojump_clock: trio.testing.MockClock, provider: Provider) -> None:
    """Whoever was let in has proved it."""
    provider.hold.record(None)
    await prove(provider, DAY_S)
    assert provider.calls == []


async def test_a_refused_token_is_known_at_once_and_its_return_within_minutes(
    autojump_clock: trio.testing.MockClock, provider: Provider
) -> None:
    """Without any job; when it is right again one call ends the hold."""
    provider.token = WRONG
    await prove(provider, 1.0, beside=True)
    assert (provider.hold.reason, provider.calls) == ("wrong key", [])
    provider.token = True
    await prove(provider, BESIDE_S + 10.0, beside=True)
    assert (provider.hold.reason, len(provider.calls)) == (None, 1)


async def test_a_shown_token_ends_no_hold(autojump_clock: trio.testing.MockClock, provider: Provider) -> None:
    """The account behind it may be refused for other reasons, for as long as that was said."""
    provider.token = False
    provider.hold.record(Suspended(SPOTIFY, "no active subscription", 3600.0))
    await prove(provider, 3590.0, beside=True)
    assert (provider.hold.reason, provider.calls) == ("no active subscription", [])


async def test_a_hold_is_tried_when_it_is_over(autojump_clock: trio.testing.MockClock, provider: Provider) -> None:
    """Also on a daemon that has nothing to do: one call each time, until one is answered."""
    provider.answer = WRONG
    provider.hold.record(WRONG)
    await prove(provider, 1300.0)
    assert (len(provider.calls), provider.hold.reason) == (2, "wrong key")
    provider.answer = None
    await prove(provider, 700.0)
    assert provider.hold.reason is None


async def test_a_provider_that_is_away_is_tried_rarely(
    autojump_clock: trio.testing.MockClock, provider: Provider
) -> None:
    """Each attempt is a slot of its quota; why it had no answer is kept to be told."""
    provider.answer = Unavailable(SPOTIFY, "502")
    await prove(provider, FIRST_S + 3 * AGAIN_S + 60.0)
    assert len(provider.calls) == 4
    assert (provider.hold.proved_at, provider.hold.trouble and provider.hold.trouble[1]) == (None, "502")


@pytest.mark.parametrize("why", ["pause", "penalty"])
async def test_nobody_is_asked_who_must_not_be(
    autojump_clock: trio.testing.MockClock, provider: Provider, why: str
) -> None:
    """Neither in a pause nor in a penalty, also for a token."""
    provider.in_flight.closed, provider.penalised = why == "pause", why == "penalty"
    await prove(provider, 20.0, beside=True)
    assert provider.tokens == []
