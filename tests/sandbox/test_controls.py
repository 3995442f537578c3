"""The request log and the sandbox's own endpoints."""

from collections.abc import Callable
from typing import Any

from thesetd.domain.gate.windows import Window
from thesetd.sandbox.log import RequestLog


async def test_the_log_tells_what_arrived_and_what_it_was_answered(open_sandbox: Callable[..., Any]) -> None:
    """One entry for each arrival, in order, with endpoint label, parameters and status; credentials are left out."""
    sandbox = open_sandbox()
    await sandbox.ticketmaster("events.json", size="1", keyword="parade")
    await sandbox.setlistfm("setlist/00000000")
    answer = await sandbox.send("GET", "/_sandbox/log")
    first, second = answer.json()["entries"]
    assert (first["provider"], first["endpoint"], first["status"]) == ("ticketmaster", "events", 200)
    assert first["params"] == [["size", "1"], ["keyword", "parade"]]
    assert first["at"] == "2026-11-22T12:00:00+00:00"
    assert (second["provider"], second["endpoint"], second["status"]) == ("setlistfm", "setlist", 404)
    assert "sandbox-key" not in answer.text
    later = await sandbox.send("GET", f"/_sandbox/log?since={first['seq']}")
    assert [entry["seq"] for entry in later.json()["entries"]] == [second["seq"]]


async def test_stats_count_answers_and_violations(open_sandbox: Callable[..., Any]) -> None:
    """Numbers are by provider, endpoint and status; arrivals over a limit are counted for that limit."""
    sandbox = open_sandbox(limits={"setlistfm": (Window(1, 60.0),)})
    for _ in range(3):
        await sandbox.setlistfm("setlist/00000000")
    stats = (await sandbox.send("GET", "/_sandbox/stats")).json()
    assert stats["answers"] == {"setlistfm": {"setlist": {"404": 1, "429": 2}}}
    assert stats["violations"]["setlistfm"] == {"1/60s": 2}
    assert (await sandbox.send("POST", "/_sandbox/reset")).status_code == 204
    stats = (await sandbox.send("GET", "/_sandbox/stats")).json()
    assert stats["answers"] == {}
    assert stats["violations"]["setlistfm"] == {"1/60s": 0}


async def test_faults_are_injected_and_called_off_over_http(open_sandbox: Callable[..., Any]) -> None:
    """POST makes the next answers fail, DELETE calls the rest off, nonsense is refused with a reason."""
    sandbox = open_sandbox()
    wish = {"provider": "spotify", "shape": "429-quota", "count": 2, "endpoint": "search"}
    assert (await sandbox.send("POST", "/_sandbox/faults", json=wish)).status_code == 204
    failed = await sandbox.spotify("search", q="x", type="artist")
    assert (failed.status_code, failed.json()["error"]["reason"]) == (429, "QUOTA_EXCEEDED")
    assert (await sandbox.send("DELETE", "/_sandbox/faults")).status_code == 204
    assert (await sandbox.spotify("search", q="x", type="artist")).status_code == 200
    for nonsense in (b"{", b"[]", b'{"provider": "spotify", "shape": "teapot"}'):
        refused = await sandbox.send("POST", "/_sandbox/faults", content=nonsense)
        assert refused.status_code == 400
        assert "fault" in refused.json()["error"]


def test_the_log_is_bounded(clock: Any) -> None:
    """Old entries go, counts and sequence numbers stay."""
    log = RequestLog(clock, capacity=3)
    for number in range(5):
        entry = log.arrived(
            monotonic_s=float(number), provider="spotify", endpoint="album", method="GET", path="/", params=()
        )
        log.answered(entry, 200)
    assert [entry.seq for entry in log.since(0)] == [3, 4, 5]
    assert log.counts() == {"spotify": {"album": {"200": 5}}}
