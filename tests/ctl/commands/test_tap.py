"""What happens in the daemon, as thesetctl shows it."""

import json
import threading
from typing import Any

from thesetd.domain.facts import CallFinished, JobEnded
from thesetd.domain.ids import JobId, ProviderName

CALL = CallFinished(
    provider=ProviderName("spotify"), endpoint="artist", lane="high", outcome="ok", latency_s=0.1234, waited_s=0.0
)
ENDED = JobEnded(job_id=JobId(7), kind="import_artist", state="done", seconds=1.5)


def tapped(server: Any, run: Any, *arguments: str) -> str:
    """Return what is shown while facts happen again and again."""
    done = threading.Event()

    def happen() -> None:
        while not done.wait(0.02):
            server.call(lambda: [server.daemon.tap.notify(fact) for fact in (CALL, ENDED)])

    beside = threading.Thread(target=happen)
    beside.start()
    try:
        output: str = run("tap", *arguments).stdout
    finally:
        done.set()
        beside.join()
    return output


def test_facts_are_shown_as_they_happen(run: Any, server: Any) -> None:
    """A line for each, with time, name and fields; filters choose among them, and --count ends it."""
    (line,) = tapped(server, run, "--event", "CallFinished", "-n", "1").splitlines()
    assert (
        line
        == "12:00:00 CallFinished provider=spotify endpoint=artist lane=high outcome=ok latency_s=0.123 waited_s=0.000"
    )
    (line,) = tapped(server, run, "--job", "7", "--count", "1").splitlines()
    assert line.startswith("12:00:00 JobEnded job_id=7")


def test_programs_read_facts_as_json(run: Any, server: Any) -> None:
    """One document per line."""
    lines = tapped(server, run, "--json", "-n", "2", "--provider", "spotify", "--sample", "2").splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["CallFinished", "CallFinished"]
