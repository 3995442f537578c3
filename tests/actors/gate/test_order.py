"""The gate's order is one table, which the gate goes by and `config/gate.md` quotes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

from fake_gate import GateParts
from recorder import Recorder
from thesetd.actors.gate import gate
from thesetd.actors.gate.order import AGAIN, ORDER, Attempt, Check, Parts
from thesetd.actors.messages import Fetch
from thesetd.actors.replies import OneReply
from thesetd.domain.gate.calls import Call, Request, Response
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.jobs import Lane
from thesetd.ports.transport import OnSent

QUOTING = (Path(__file__).parents[3] / "config" / "gate.md").read_text()


class Wire:
    """Answers at once."""

    async def send(self, request: Request, left: OnSent | None = None) -> Response:
        """Answer."""
        await trio.lowlevel.checkpoint()
        return Response(status=200, headers={}, received_at=datetime(2026, 1, 1, tzinfo=UTC), json="ok")


def test_the_document_quotes_the_order() -> None:
    """Word for word, so that a changed order changes the document."""
    assert "\n\n" + "\n".join(f"    {check.name:<10}{check.meaning}" for check in ORDER) + "\n\n" in QUOTING


async def test_the_gate_goes_by_the_table(autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call meets every check in the order of the table; one that starts over meets those that are not made once."""
    met: list[str] = []

    def watched(check: Check) -> Check:
        async def decide(parts: Parts, attempt: Attempt) -> bool:
            met.append(check.name)
            is_refused = check is ORDER[-1] and met.count("limiter") == 1
            return False if is_refused else await check.decide(parts, attempt)

        return attrs.evolve(check, decide=decide)

    monkeypatch.setattr(gate, "ORDER", tuple(map(watched, ORDER)))
    monkeypatch.setattr(gate, "AGAIN", tuple(map(watched, AGAIN)))
    parts = GateParts(Wire(), Recorder(), windows=(Window(1, 3.0),))
    call: Call[Any] = Call(request=Request(provider=SPOTIFY, endpoint="e", path="/x"), parse=lambda r: r.json)
    await parts.gate.perform(Fetch(call=call, lane=Lane.HIGH, waiting_since=trio.current_time(), reply=OneReply()))
    assert met == [check.name for check in (*ORDER, *AGAIN)]
    assert {check.name for check in ORDER if check.once} == {"pause", "hold"}
