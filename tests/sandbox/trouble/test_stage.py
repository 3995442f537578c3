"""Scenarios as they unfold at the emulated providers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio
from trio.testing import MockClock

from thesetd.domain.gate.windows import Window

Open = Callable[..., Any]


async def play(sandbox: Any, toml: str) -> httpx2.Response:
    """Send a scenario to a sandbox."""
    answer: httpx2.Response = await sandbox.send("POST", "/_sandbox/scenario", content=toml)
    return answer


async def venues(sandbox: Any) -> int:
    """Ask Ticketmaster something; give the status."""
    return int((await sandbox.ticketmaster("venues.json", size="1")).status_code)


async def batch(sandbox: Any) -> int:
    """Ask Spotify for what only extended mode has; give the status."""
    return int((await sandbox.spotify("artists", ids="0" * 22)).status_code)


async def test_a_storm_begins_and_ends_on_time(open_sandbox: Open, autojump_clock: MockClock) -> None:
    """Times count from the first arrival; within the storm everything fails, before and after nothing."""
    sandbox = open_sandbox()
    await play(sandbox, '[[at]]\nafter_s = 10\nprovider = "ticketmaster"\nshape = "502"\nfor_s = 20')
    await trio.sleep(1000)
    statuses = []
    for _ in range(8):
        statuses.append(await venues(sandbox))
        await trio.sleep(5)
    assert statuses == [200, 200, 502, 502, 502, 502, 200, 200]


async def test_calls_are_counted_at_the_provider_and_endpoint(open_sandbox: Open) -> None:
    """After two calls of an endpoint the third one there fails; calls elsewhere do not count and do not fail."""
    sandbox = open_sandbox()
    wish = 'provider = "setlistfm"\nendpoint = "setlist"\nshape = "500"\ncount = 1'
    await play(sandbox, f"[[at]]\nafter_calls = 2\n{wish}")
    paths = ["setlist/a", "venue/a", "setlist/a", "venue/a", "setlist/a", "setlist/a"]
    assert [(await sandbox.setlistfm(path)).status_code for path in paths] == [404, 404, 404, 404, 500, 404]


async def test_a_mode_comes_and_goes(open_sandbox: Open, autojump_clock: MockClock) -> None:
    """In mid-run the batches disappear, and come back when the time is over."""
    sandbox = open_sandbox()
    await play(sandbox, '[[at]]\nafter_s = 10\nprovider = "spotify"\nmode = "development"\nfor_s = 10')
    statuses = []
    for _ in range(5):
        statuses.append(await batch(sandbox))
        await trio.sleep(5)
    assert statuses == [200, 200, 403, 403, 200]


async def test_limits_change_in_mid_run(open_sandbox: Open, autojump_clock: MockClock) -> None:
    """Other limits hold from their time on, count what came before, and are judged under their own name."""
    sandbox = open_sandbox(limits={"ticketmaster": (Window(100, 60.0),)})
    await play(sandbox, '[[at]]\nafter_calls = 3\nprovider = "ticketmaster"\nlimits = ["4/1m"]\nfor_s = 30')
    assert [await venues(sandbox) for _ in range(6)] == [200, 200, 200, 200, 429, 429]
    await trio.sleep(30)
    assert await venues(sandbox) == 200
    stats = (await sandbox.send("GET", "/_sandbox/stats")).json()
    assert stats["violations"]["ticketmaster"] == {"100/60s": 0, "4/60s": 2}


async def test_tokens_expire_in_mid_crawl(open_sandbox: Open) -> None:
    """The token that worked is refused with Spotify's own text; a fresh one works."""
    sandbox = open_sandbox()
    await play(sandbox, '[[at]]\nafter_calls = 3\nprovider = "spotify"\ntokens = "expire"')
    asked = [(await sandbox.spotify("search", q="a", type="artist")).status_code for _ in range(2)]
    refused = await sandbox.spotify("search", q="a", type="artist")
    assert [*asked, refused.status_code] == [200, 200, 401]
    assert refused.json()["error"]["message"] == "The access token expired"
    await sandbox.authorize()
    assert (await sandbox.spotify("search", q="a", type="artist")).status_code == 200


async def test_a_ban_lengthens_when_it_is_probed(open_sandbox: Open, autojump_clock: MockClock) -> None:
    """429 until the end, the rest doubled by each early call and told; stats count the probes."""
    sandbox = open_sandbox()
    await sandbox.authorize()
    await play(sandbox, '[[at]]\nafter_s = 0\nprovider = "spotify"\nban = 60\nanswer = "429-text"')
    first = await sandbox.spotify("search", q="a", type="artist")
    assert (first.status_code, first.text, first.headers["retry-after"]) == (429, "Too many requests", "120")
    await trio.sleep(119)
    assert (await sandbox.spotify("search", q="a", type="artist")).headers["retry-after"] == "2"
    await trio.sleep(2)
    assert (await sandbox.spotify("search", q="a", type="artist")).status_code == 200
    stats = (await sandbox.send("GET", "/_sandbox/stats")).json()
    assert stats["bans"]["spotify"] == {"probes": 2, "relapses": 0}
    assert stats["violations"]["spotify"] == {}


@pytest.mark.parametrize("provider", ["spotify", "ticketmaster", "setlistfm"])
async def test_every_provider_can_ban(open_sandbox: Open, provider: str) -> None:
    """The default answer is the provider's own 429 for a used-up quota."""
    sandbox = open_sandbox()
    await sandbox.authorize()
    await play(sandbox, f'[[at]]\nafter_s = 0\nprovider = "{provider}"\nban = 60')
    asks = {
        "spotify": lambda: sandbox.spotify("search", q="a", type="artist"),
        "ticketmaster": lambda: sandbox.ticketmaster("venues.json"),
        "setlistfm": lambda: sandbox.setlistfm("setlist/a"),
    }
    banned = await asks[provider]()
    assert (banned.status_code, banned.headers["retry-after"]) == (429, "120")


async def test_steps_that_were_missed_are_taken_in_their_order(open_sandbox: Open, autojump_clock: MockClock) -> None:
    """After a silence everything is as if each step had been taken on time, the ends of the shorter ones too."""
    sandbox = open_sandbox()
    steps = [(10, 'mode = "development"\nfor_s = 5'), (20, 'limits = ["1/1h"]'), (30, "limits = []")]
    await play(sandbox, "\n".join(f'[[at]]\nafter_s = {at}\nprovider = "spotify"\n{what}' for at, what in steps))
    assert await batch(sandbox) == 200
    await trio.sleep(100)
    assert await batch(sandbox) == 200
    assert sandbox.controls.behaviours["spotify"].meter.windows == ()


async def test_calling_off_ends_what_was_to_end(open_sandbox: Open) -> None:
    """A change for a time is taken back at once, and no further step comes; a reset goes back to the beginning."""
    sandbox = open_sandbox()
    steps = 'after_s = 0\nprovider = "spotify"\nmode = "development"'
    await play(sandbox, f'[[at]]\n{steps}\nfor_s = 3600\n[[at]]\nafter_calls = 4\nprovider = "spotify"\nban = 60')
    assert await batch(sandbox) == 403
    assert (await sandbox.send("DELETE", "/_sandbox/scenario")).status_code == 204
    assert [await batch(sandbox) for _ in range(3)] == [200] * 3
    await play(sandbox, f"[[at]]\n{steps}")
    assert await batch(sandbox) == 403
    await sandbox.send("POST", "/_sandbox/reset")
    assert await batch(sandbox) == 200


async def test_a_scenario_over_http(open_sandbox: Open) -> None:
    """JSON is as good as TOML; what cannot be played is refused with a line for each reason, and changes nothing."""
    sandbox = open_sandbox()
    table = {"at": [{"after_s": 0, "provider": "ticketmaster", "status": 503, "count": 1}]}
    assert (await sandbox.send("POST", "/_sandbox/scenario", json=table)).status_code == 204
    for nonsense in (b"{", b'{"at": 5}', b"\xff"):
        headers = {"content-type": "application/json"}
        refused = await sandbox.send("POST", "/_sandbox/scenario", content=nonsense, headers=headers)
        assert refused.status_code == 400
    refused = await play(sandbox, '[[at]]\nafter_s = -1\nprovider = "deezer"\nshape = "502"')
    assert refused.status_code == 400
    assert [line.split(":")[0] for line in refused.json()["errors"]] == ["at[1].provider", "at[1].after_s"]
    assert [await venues(sandbox), await venues(sandbox)] == [503, 200]


async def test_equal_arrivals_give_equal_answers(open_sandbox: Open, tmp_path: Path, autojump_clock: MockClock) -> None:
    """The same file, seed and arrivals give the same statuses, twice."""
    file = tmp_path / "storm.toml"
    file.write_text(
        '[[at]]\nafter_s = 5\nprovider = "ticketmaster"\nshape = "503"\nfor_s = 3\n'
        '[[at]]\nafter_calls = 20\nprovider = "ticketmaster"\nban = 4\nfactor = 1\n'
    )

    async def statuses() -> list[int]:
        sandbox = open_sandbox(error_rate=0.2, seed=3)
        sandbox.controls.play(file)
        found = []
        for _ in range(40):
            found.append(await venues(sandbox))
            await trio.sleep(0.5)
        return found

    first = await statuses()
    assert first == await statuses()
    assert {200, 429, 503} <= set(first)
