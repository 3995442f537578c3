"""Cause every alert in a real daemon and print when it fired: `make prove-alerts [ONLY=name,name]`.

Beside them one daemon is left in peace until the last cause is over: it imports, and runs its schedules. Needs Debian's
prometheus, postgresql and redis-server. Ends with 1 if an alert stayed quiet, or fired before its cause or in peace.
"""

import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import attrs

sys.path.insert(0, str(Path(__file__).parents[1]))

import folders  # noqa: F401 - it finds what tests share
from alerts.causes import CAUSES, Cause
from alerts.ground import ground, make_template
from alerts.scrapes import AFTER_S, STEP_S, alerts, fired
from debian.postgres import Cluster, cluster

MACHINE = {"ThesetdEventLoopSlow"}  # tells of the machine, which may have other work
AT_ONCE = 2  # each is a daemon with its servers
FIRST, FURTHER, MOST = 6, 2, 300  # scrapes after a cause: before the rules run, before they run again, and in all


@attrs.frozen(kw_only=True)
class Result:
    """What came of a cause: when alerts fired, in seconds after it, or the error that ended it."""

    cause: Cause
    fired: Mapping[str, float] = attrs.field(factory=dict)
    waits_s: int = 0
    error: str = ""

    @property
    def good(self) -> bool:
        """Whether the alert fired, and none before the cause."""
        return not self.error and self.cause.alert in self.fired and not self.early

    @property
    def early(self) -> list[str]:
        """Name the alerts that fired before the cause."""
        return [name for name, at in self.fired.items() if at < 0 and name not in MACHINE]

    @property
    def line(self) -> str:
        """Return the row of the table."""
        when = self.fired.get(self.cause.alert)
        after = self.error or ("NOT FIRED" if when is None else f"{when:.0f} s")
        beside = [name.removeprefix("Thesetd") for name in self.fired if name != self.cause.alert]
        notes = (f"  EARLY: {', '.join(self.early)}" if self.early else "") + (
            f"  (+ {', '.join(beside)})" if beside else ""
        )
        return f"{self.cause.alert:<30}{self.cause.what:<62}{self.waits_s:>7} s {after:>10}{notes}"


def bring_about(cause: Cause, servers: Cluster) -> Result:
    """Cause an alert, and run the rules over what was scraped until it fires or so many scrapes have not fired it."""
    waits_s, found = alerts()[cause.alert], dict[str, float]()
    with ground(servers, options=cause.options, wrapper=cause.wrapper, variables=cause.variables) as made:
        made.recording.mark()
        cause.act(made)
        made.recording.more(FIRST)
        while cause.alert not in found and len(made.recording.scrapes) - made.recording.caused < MOST:
            made.recording.more(FURTHER)
            with tempfile.TemporaryDirectory(prefix="rules-") as folder:
                found = dict(fired(list(made.recording.scrapes), Path(folder), waits_s + AFTER_S))
        made.recording.close()
        caused_s = STEP_S * made.recording.caused
    return Result(cause=cause, waits_s=waits_s, fired={name: at - caused_s for name, at in found.items()})


def in_peace(servers: Cluster, over: threading.Event) -> bool:
    """Import artists and run schedules in a daemon that nothing disturbs; return whether no alert fired."""
    with ground(servers) as made:
        names = [line.split()[0] for line in made.ctl("schedules").splitlines()[1:] if line.strip()]
        for number in count():
            made.ask(number)
            made.recording.more(15)
            made.ctl("schedules", "run", names[number % len(names)])
            made.recording.more(15)
            if over.is_set() and number >= len(names):
                break
        made.recording.close()
        with tempfile.TemporaryDirectory(prefix="rules-") as folder:
            found = fired(made.recording.scrapes, Path(folder), held_s=0)  # held, it would be late for a full hour
    number, loud = len(made.recording.scrapes), ", ".join(sorted(found.keys() - MACHINE))
    hours, load = STEP_S * number / 3600, os.getloadavg()[2]
    print(
        f"in peace: {number} scrapes, for the rules {hours:.1f} hours, load {load:.0f}: {loud or 'nothing fired'}",
        flush=True,
    )
    return not loud


def attempt(cause: Cause, servers: Cluster) -> Result:
    """Bring it about; whatever goes wrong is a row of the table too."""
    try:
        result = bring_about(cause, servers)
    except Exception as error:  # noqa: BLE001 - the other rows are worth having
        traceback.print_exc()
        result = Result(cause=cause, error=type(error).__name__)
    print(result.line, flush=True)
    return result


def main() -> int:
    """Print the table."""
    only = set(sys.argv[1].split(",")) if len(sys.argv) > 1 and sys.argv[1] else set()
    wanted = [
        cause for cause in CAUSES if not only or cause.alert in only or cause.alert.removeprefix("Thesetd") in only
    ]
    print(f"{'alert':<30}{'cause':<62}{'waits':>9} {'fired after':>10}  (beside it)")
    with cluster(max_connections="120") as servers, tempfile.TemporaryDirectory(prefix="al-") as folder:
        make_template(servers, Path(folder))
        over = threading.Event()
        with ThreadPoolExecutor(AT_ONCE + 1) as pool:
            peace = pool.submit(in_peace, servers, over)
            results = list(pool.map(lambda cause: attempt(cause, servers), wanted))
            over.set()
            peaceful = peace.result()
    good = sum(result.good for result in results)
    print(f"{good} of {len(results)} alerts fired after their cause, and nothing fired before it")
    return int(good < len(results) or not peaceful)


if __name__ == "__main__":
    sys.exit(main())
