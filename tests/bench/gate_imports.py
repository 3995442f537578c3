"""A real daemon under a backlog: what a person waits for an import's reply, and whether the default limits hold.

When the interactive calls of a burst of imports have left the window, schedules that are run by hand put calls in the
lanes high, medium and low until they wait for slots; that they do is looked at before each person who comes then. The
sandbox answers after 150 ms and refuses nobody: it keeps the arrivals, which are judged against the daemon's default
limits and the real ones. Ends with 1 where a limit is broken, the 95th percentile of the replies to people is a second
or more, or a person met no backlog.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench.worlds import arrivals, daemon_in, machine, violations
from kill.victims import sandbox
from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.ctl.client import DaemonClient
from thesetd.ctl.doors import SocketDoor
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.jobs import Lane
from thesetd.ports.surface import routes
from thesetd.sandbox.synthetic.universe import Universe
from thesetd.sandbox.twins.registry import TWINS

LATENCY_S, MOST_S = 0.15, 1.0
SETTLE_S = 60.0  # until the burst's own calls, which are interactive, have left Spotify's window
BACKLOG = 10
BUILD_UP_S = 120.0  # until the schedules' jobs get their turn: they stand behind those of the burst
SCHEDULES = ("sync-active-artists", "sync-trending", "deep-catalog-refresh")  # of the lanes high, medium, low
ARTISTS = 400
REAL = {twin.name: twin.limits for twin in TWINS}


def names() -> list[str]:
    """Name the artists of the sandbox's world, each once."""
    universe = Universe(1, ARTISTS)
    return list(dict.fromkeys(universe.artist(index).spotify_id for index in range(ARTISTS)))


def reply_s(daemon: DaemonClient, name: str) -> float:
    """Ask for an import as a person does; give the seconds until the reply."""
    began = time.monotonic()
    daemon.ask(routes.SUBMIT_IMPORT, {"artist": name})
    return time.monotonic() - began


def together(daemon: DaemonClient, asked: list[str]) -> list[float]:
    """Ask for many imports at once; give the seconds until each reply."""
    took: list[float] = []
    threads = [threading.Thread(target=lambda name=name: took.append(reply_s(daemon, name))) for name in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def backlog(daemon: DaemonClient) -> dict[str, int]:
    """Count the background calls that wait in each lane of Spotify, whose calls a reply needs."""
    (view,) = [view for view in daemon.ask(routes.LIST_LIMITS)["limits"] if view["provider"] == SPOTIFY]
    return {lane["lane"]: lane["waiting"] for lane in view["lanes"] if lane["lane"] != Lane.INTERACTIVE.label}


def saturate(daemon: DaemonClient) -> None:
    """Run the schedules until so many background calls wait for slots that the first free ones do not end it."""
    for schedule in SCHEDULES:
        daemon.ask(routes.RUN_SCHEDULE, name=schedule)
    until = time.monotonic() + BUILD_UP_S
    while sum(backlog(daemon).values()) < BACKLOG and time.monotonic() < until:
        time.sleep(0.2)


def run(burst: int, people: int, pause_s: float, state: Path) -> tuple[list[float], list[float], Any, Any]:
    """Let a burst come, then people; give what both waited, the backlog that each of these met, and all arrivals."""
    with (
        sandbox("--latency", str(LATENCY_S), "--artists", str(ARTISTS)) as world,
        daemon_in(world.environ, state) as ready,
    ):
        daemon, asked = DaemonClient(SocketDoor(Path(ready["control"]))), names()
        waited = together(daemon, asked[:burst])
        time.sleep(SETTLE_S)
        if people:
            saturate(daemon)
        replies, met = [], []
        for name in asked[burst : burst + people]:
            met.append(backlog(daemon))
            replies.append(reply_s(daemon, name))
            time.sleep(pause_s)
        arrived = {spec.name: [one.at for one in arrivals(world, spec.name)] for spec in PROVIDERS}
    return waited, replies, met, arrived


def percentile(values: list[float], share: float) -> float:
    """Return the value below which this share lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> int:
    """Print the tables; give 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--burst", type=int, default=80, help="imports that come at once, before the schedules are run")
    parser.add_argument("--people", type=int, default=40, help="imports that come after that, one by one")
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between them")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        waited, replies, met, arrived = run(arguments.burst, arguments.people, arguments.pause, Path(folder))
    print(machine())
    print(
        f"{arguments.burst} imports at once, then one every {arguments.pause:g} s; {LATENCY_S * 1000:.0f} ms latency\n"
    )
    print(f"{'the reply to':<24}{'imports':>9}{'median':>10}{'p95':>10}{'most':>10}")
    for name, took in (("the burst", waited), ("a person after it", replies)):
        if not took:
            continue
        figures = "".join(f"{value:>8.2f} s" for value in (statistics.median(took), percentile(took, 0.95), max(took)))
        print(f"{name:<24}{len(took):>9}{figures}")
    if met:
        print(f"\n{'waiting before a person':<24}{'least':>9}{'median':>10}{'most':>10}")
    for lane in met[0] if met else ():
        counts = sorted(one[lane] for one in met)
        print(f"{lane:<24}{counts[0]:>9}{statistics.median(counts):>10g}{counts[-1]:>10}")
    print(f"\n{'provider':<16}{'whose':<16}{'limit':<14}{'arrivals':>10}{'violations':>12}")
    broken = 0
    for spec in PROVIDERS:
        for whose, limits in (("ours", spec.settings().limits), ("the provider's", REAL[spec.name])):
            for window in limits:
                found = violations(arrived[spec.name], window)
                broken += found
                print(f"{spec.name:<16}{whose:<16}{window!s:<14}{len(arrived[spec.name]):>10}{found:>12}")
    slow = bool(replies) and percentile(replies, 0.95) >= MOST_S
    alone = sum(not sum(one.values()) for one in met)
    if met:
        print(f"\n{alone} of {len(met)} people met no backlog")
    return int(broken > 0 or slow or alone > 0)


if __name__ == "__main__":
    sys.exit(main())
