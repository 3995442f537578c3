"""The table of servers, poolers and proxies as operators have them: each situation, and what a test has seen of it.

A test says with `@pytest.mark.case(4)` which situation it sets up, and with the fixture `seen` what came of it. The
table is printed at the end of a run that has such tests; `make prove-servers` runs them all.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

CASES = {
    1: "PostgreSQL address: a parameter of newer libpq",
    2: "PostgreSQL address: time-outs and GSS",
    3: "PostgreSQL address: words of poolers and ORMs",
    4: "PostgreSQL address: ssl=true",
    5: "PostgreSQL address: words that mean something",
    6: "PostgreSQL address: schemes and wrappings",
    7: "PostgreSQL address: a password as it came",
    8: "PostgreSQL address: two hosts, one promoted",
    9: "PostgreSQL address: certificates",
    10: "Redis address: a parameter of another ecosystem",
    11: "Redis address: contradictions and unknown words",
    12: "Redis address: TLS with a private CA",
    13: "environment: a Kubernetes Service of our name",
    14: "environment: container links, and a slip",
    15: "Redis refuses: keys by pattern",
    16: "Redis refuses: scripts",
    17: "Redis refuses: now and then",
    18: "Redis refuses: channels",
    19: "Redis refuses: memory is full",
    20: "Redis refuses: no replica to write to",
    21: "Redis refuses: it is a replica",
    22: "Redis: failover with the old master alive",
    23: "Redis refuses: it is loading",
    24: "PostgreSQL: another role owns the schema",
    25: "PostgreSQL: a new role, one grant after the other",
    26: "PostgreSQL: read-only for a while",
    27: "PostgreSQL: few connections",
    28: "PostgreSQL: PgBouncer",
    29: "PostgreSQL: a trigger of the application",
    30: "PostgreSQL: a policy, and a lost right",
    31: "PostgreSQL: encodings",
    32: "PostgreSQL: restarted in the middle",
    33: "service: the unit and the daemon",
    34: "service: the web application's user",
    35: "service: late servers",
    36: "service: HUP",
    37: "service: a slim system",
    38: "log: its reader goes",
    39: "log: its disk is full",
    40: "secrets: keys as they are pasted",
    41: "secrets: what no header can carry",
    42: "network: TLS that is inspected",
    43: "network: a proxy, said and unsaid",
    44: "streams: nginx",
    45: "streams: they end",
    46: "streams: EventSource rests",
}
Seen = Callable[[str], None]
Rows = dict[int, list[str]]


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "case(number): the situation that this test sets up, see server_table.py")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Keep the situations of a test in its reports, whatever becomes of it."""
    for mark in item.iter_markers("case"):
        assert mark.args[0] in CASES
        item.user_properties.append(("case", mark.args[0]))


@pytest.fixture
def seen(record_property: Callable[[str, object], None]) -> Seen:
    """Return a function that puts what was seen into the table; called several times it adds lines."""
    return lambda text: record_property("seen", text)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table."""
    rows: Rows = {}
    for kind in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(kind, ()):
            cases = [value for name, value in getattr(report, "user_properties", ()) if name == "case"]
            for case in cases:
                rows.setdefault(case, []).extend(lines_of(kind, report))
    if rows:
        terminalreporter.section("servers as operators have them")
        terminalreporter.write_line("\n".join(table(rows)))


def lines_of(kind: str, report: Any) -> Iterator[str]:
    """Yield what one test has to say."""
    if kind == "skipped":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        yield f"-     {str(reason).removeprefix('Skipped: ')}"
    elif kind != "passed":
        yield f"FAIL  {report.nodeid}"
    elif report.when == "call":
        yield from (f"ok    {value}" for name, value in report.user_properties if name == "seen")


def table(rows: Rows) -> Iterator[str]:
    """Yield the lines of the table."""
    for case, title in CASES.items():
        if case in rows:
            yield f"{case:2}  {title}"
            yield from (f"      {line}" for line in rows[case])
    if untested := [str(case) for case in CASES if case not in rows]:
        yield f"no test ran of {', '.join(untested)}"
