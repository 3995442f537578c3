"""Every panel of the dashboard on a real Prometheus that scraped a daemon which imported: `make prove-dashboard`.

Prints each query with the number of series that it returned, and ends with 1 if one returned nothing that the daemon
should have told by then, or if a rule of the alerts cannot be evaluated.
"""

import json
import math
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

sys.path.insert(0, str(Path(__file__).parents[1]))

import folders  # noqa: F401 - it finds what tests share
from alerts.ground import Ground, ground, make_template
from alerts.scrapes import CONFIG, RULES
from debian.postgres import cluster
from debian.processes import Process, listens, program
from loopback import free_port

PATIENCE_S = 180.0  # until the slowest survey has told, and has been scraped
# A prediction of the first artist becomes that of a show which was played: the next import of the artist compares them.
PLAYED = """
update setlists t set show_id = p.show_id from actual_setlists p
where t.id = (select id from setlists where artist_id = p.artist_id and expected_songs is not null order by id limit 1)
    and p.id = (select id from actual_setlists where show_id is not null and songs <> '[]' order by id limit 1)
"""
SETTINGS = """
global: {scrape_interval: 1s, evaluation_interval: 2s}
rule_files: [%s]
scrape_configs: [{job_name: thesetd, static_configs: [{targets: ["127.0.0.1:%d"]}]}]
"""


@attrs.frozen
class Prometheus:
    """A server that scrapes."""

    port: int

    def ask(self, path: str, **query: str) -> Any:
        """Ask its API."""
        address = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address, timeout=60) as answer:
            return json.load(answer)["data"]

    def ready(self) -> bool:
        """Return whether it answers queries, which is later than it listens."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=60).close()
        except urllib.error.HTTPError:
            return False
        return True

    def series(self, expression: str) -> int:
        """Count the series with a number that an expression returns now."""
        found = self.ask("query", query=expression)["result"]
        return sum(not math.isnan(float(one["value"][1])) for one in found)

    def faults(self) -> list[str]:
        """Name the rules that cannot be evaluated."""
        rules = [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]
        return [f"{rule['name']}: {rule.get('lastError', rule['health'])}" for rule in rules if rule["health"] != "ok"]


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds, or there is no more patience."""
    until = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < until:
        time.sleep(0.5)


@contextmanager
def prometheus(folder: Path, target: int) -> Iterator[Prometheus]:
    """Run Debian's Prometheus on a daemon's listener, with the shipped rules."""
    port, settings = free_port(), folder / "prometheus.yml"
    settings.write_text(SETTINGS % (RULES, target))
    command = [program("prometheus"), f"--config.file={settings}", f"--storage.tsdb.path={folder / 'data'}"]
    server = Process(command=[*command, f"--web.listen-address=127.0.0.1:{port}"], log=folder / "log")
    server.start(lambda: listens(port))
    found = Prometheus(port)
    try:
        wait_for(found.ready)
        yield found
    finally:
        server.stop()


def queries() -> list[tuple[str, str]]:
    """Return title and expression of every target, for all nodes."""
    panels = json.loads((CONFIG / "dashboard.json").read_text())["panels"]
    found = [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", ())]
    return [(title, expression.replace("$instance", ".*")) for title, expression in found]


def work(made: Ground) -> None:
    """Let the daemon have something to tell: imports, one that joins, a hit of the cache, a schedule."""
    for number in range(2):
        made.follow(number)
    made.ctl("schedules", "run", "sync-popular-artists")
    made.sql(PLAYED)
    for number in range(2):
        made.follow(number)


def scraped(server: Prometheus, times: int) -> bool:
    """Return whether the daemon was scraped so many times."""
    return server.series(f"count_over_time(thesetd_build_info[10m]) >= {times}") > 0


def main() -> int:
    """Print the table."""
    with cluster(max_connections="60") as servers, tempfile.TemporaryDirectory(prefix="al-") as name:
        make_template(servers, Path(name))
        with ground(servers) as made, prometheus(Path(name), made.port) as server:
            wait_for(lambda: scraped(server, 3))  # before anything happened
            work(made)
            wait_for(lambda: all(server.series(expression) for _, expression in queries()))
            found = [(title, expression, server.series(expression)) for title, expression in queries()]
            faults = server.faults()
    for title, expression, count in found:
        print(f"{count:>5} series  {title:<52} {expression[:90]}")
    silent = [title for title, _, count in found if not count]
    print("\n".join(f"no data: {title}" for title in silent) or "every panel has data")
    print("\n".join(f"rule fails: {fault}" for fault in faults) or "every rule can be evaluated")
    return int(bool(silent or faults))


if __name__ == "__main__":
    sys.exit(main())
