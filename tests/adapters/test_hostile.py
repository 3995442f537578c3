"""The hostile catalogue, served by the real sandbox, through the real session and every provider's own client."""

import json
import logging
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx2
import pytest
import trio

from patience import LONGEST_S
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.http import MAX_HOPS, HttpSession, ProviderTransport
from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.adapters.providers.spec import ProviderSpec
from thesetd.domain.errors import BadPayload, ProviderError, RateLimited, Unavailable
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.sandbox.trouble.faults import HANG
from thesetd.sandbox.trouble.hostile import HOSTILE

PROGRAM = (sys.executable, "-c", "from thesetd.sandbox.cli import sandbox; sandbox()")
CANARIES = ("sandbox-key", "sandbox-secret", "Bearer BQ", "Basic c2FuZGJveDpzYW5kYm94LXNlY3JldA")
MEMORY_BYTES = 100_000_000
IMPATIENT_S = 0.5  # with the slow ones, which would never end

SLOW = {HANG, "drip", "headers-drip", "early-hints-endless"}
RIGHT = {"cookie", "no-content-type", "byte-order-mark"}
BAD = {
    "many-values", "integer-65-bit", "integer-huge", "integer-5000",
    "float-huge", "nan", "infinity", "deep", "deep-objects", "duplicate-keys",
}  # fmt: skip
EITHER = {
    "lengths-two",
    "wide-text",
    "nul",
    "surrogate",
}  # a JSON object of another kind: each provider has its own opinion
LIMITED = {name for name in HOSTILE if name.startswith("hint-")}
HINTS = {"hint-giant": 7 * 86400.0, "hint-far-date": 7 * 86400.0}


def expected(shape: str) -> tuple[type[ProviderError], ...]:
    """Return the error that a shape has to become."""
    if shape in EITHER:
        return BadPayload, Unavailable
    return (BadPayload,) if shape in BAD else (RateLimited,) if shape in LIMITED else (Unavailable,)


@attrs.define
class Sandbox:
    """A running sandbox."""

    environ: dict[str, str]
    controls: httpx2.Client

    def fail(self, provider: str, shape: str) -> None:
        """Let every answer of a provider have this shape."""
        self.controls.post("faults", json={"provider": provider, "shape": shape, "for_s": 3600}).raise_for_status()

    def behave(self) -> None:
        """Let every answer be right again."""
        self.controls.delete("faults").raise_for_status()

    def arrivals(self) -> int:
        """Count what has arrived."""
        return len(self.controls.get("log").json()["entries"])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Yield a sandbox in a process of its own, so that its memory is not counted."""
    limits = [f"--{spec.name}-limits=none" for spec in PROVIDERS]
    with subprocess.Popen(
        [*PROGRAM, "--json", "--artists", "12", *limits], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        ready = json.loads(program.stdout.readline())
        with httpx2.Client(base_url=f"{ready['base']}/_sandbox/", trust_env=False) as controls:
            yield Sandbox(ready["environment"], controls)
        program.terminate()


@attrs.define
class Wired:
    """A provider's client with its session; `send` makes a call as a pool does."""

    spec: ProviderSpec[Any]
    session: HttpSession
    transport: ProviderTransport
    call: Call[Any]
    heard: list[Response]

    async def send(self) -> Any:
        """Send the call and read the answer."""
        response = await self.transport.send(self.call.request)
        self.heard.append(response)
        return self.call.parse(response)


@asynccontextmanager
async def wired(spec: ProviderSpec[Any], environ: dict[str, str], timeout_s: float) -> AsyncIterator[Wired]:
    """Connect a provider's client to the sandbox, with one connection, so that none may be lost."""
    prefix = f"THESETD_PROVIDERS__{spec.name.upper()}__"
    keys = {name.removeprefix(prefix).lower(): value for name, value in environ.items() if name.startswith(prefix)}
    if "contact" in attrs.fields_dict(spec.settings):
        keys["contact"] = "ops@example.org"  # the sandbox asks for none: with it the provider would be on
    settings = spec.settings(**keys)
    session = HttpSession(spec.name, timeout_s=timeout_s, connections=1, clock=SystemClock())
    transport = ProviderTransport(spec.name, settings.base_url, session, spec.auth(settings, session, SystemClock()))
    try:
        yield Wired(spec, session, transport, spec.client(settings).search_artists("a"), [])
    finally:
        await session.aclose()


class Peak:
    """The most memory that this process has had resident since the start, in bytes; Linux counts it."""

    def __init__(self) -> None:
        """Start again from what is resident now."""
        Path("/proc/self/clear_refs").write_text("5")
        self._before = self._now()

    @property
    def growth(self) -> int:
        """Return the most beyond the beginning."""
        return self._now() - self._before

    def _now(self) -> int:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024


def told(error: BaseException) -> str:
    """Return everything that a log could show of an error."""
    return "\n".join([str(error), repr(vars(error)), *traceback.format_exception(error)])


@pytest.mark.parametrize("shape", sorted({HANG, *HOSTILE}))
@pytest.mark.parametrize("spec", PROVIDERS, ids=lambda spec: spec.name)
async def test_hostile_answers_do_no_harm(
    sandbox: Sandbox, spec: ProviderSpec[Any], shape: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is one typed error in bounded time and memory, tells no secret, and the next good answer is read."""
    caplog.set_level(logging.DEBUG)
    async with wired(spec, sandbox.environ, LONGEST_S) as provider:
        good = await provider.send()
        arrived = sandbox.arrivals()
        sandbox.fail(spec.name, shape)
        peak = Peak()
        with trio.fail_after(LONGEST_S):
            if shape in RIGHT:
                assert names(await provider.send()) == names(good)
            else:
                provider.session._timeout_s = IMPATIENT_S if shape in SLOW else LONGEST_S
                await refused(provider, shape)
        grown = peak.growth
        provider.session._timeout_s = LONGEST_S
        sandbox.behave()
        assert grown < MEMORY_BYTES
        # once where credentials are needed: it arrives without them, so the sandbox turns it away
        hops = MAX_HOPS if "contact" in attrs.fields_dict(spec.settings) else 1
        assert sandbox.arrivals() - arrived == 1 + (hops if shape == "redirect-loop" else 0)
        assert names(await provider.send()) == names(good)
        shown = repr([(response.headers, response.json, response.text) for response in provider.heard])
        assert not any(canary in shown + caplog.text for canary in CANARIES)


def names(page: Page[Any]) -> list[str]:
    """Return the names on a page."""
    return [artist.name for artist in page.items]


async def refused(provider: Wired, shape: str) -> None:
    """Expect a shape to become its error, whose texts hold no secret."""
    with pytest.raises(ProviderError) as caught:
        await provider.send()
    assert type(caught.value) in expected(shape)
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after_s == HINTS.get(shape)
    assert not any(canary in told(caught.value) for canary in CANARIES)
