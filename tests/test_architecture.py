"""Rules that import-linter cannot see: what may stand in one module only, and what may stand nowhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "daemon" / "thesetd"


def modules() -> Iterator[tuple[str, str]]:
    """Give every module's path and text."""
    for path in sorted(SOURCE.rglob("*.py")):
        yield str(path.relative_to(SOURCE)), path.read_text()


def places(pattern: str) -> set[str]:
    """Name the modules with a line of code, not of a docstring, that matches."""
    found = set()
    for name, text in modules():
        docs = {
            n.lineno for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
        }
        code = "\n".join("" if number in docs else line for number, line in enumerate(text.splitlines(), start=1))
        if re.search(pattern, code):
            found.add(name)
    return found


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"\.transaction\(", {"adapters/postgres/database.py"}),
        (r"(?m)^(import|from) httpx\b", {"adapters/http.py"}),
        (
            r"(?m)^(import|from) redis\b",
            {"adapters/redis/link.py", "adapters/redis/words.py"},
        ),
        (r"aio_as_trio", {"adapters/aio.py"}),
        (r"datetime\.now\(|time\.time\(|\butcnow\(", {"adapters/clock.py", "sandbox/cli.py"}),
        (r"\buuid4\(|\buuid1\(", set()),
    ],
)
def test_what_belongs_in_one_place_is_there_alone(pattern: str, allowed: set[str]) -> None:
    """Transactions, httpx, the asyncio bridge, the wall clock and random ids have one place, or none."""
    assert places(pattern) == allowed


def test_sql_never_asks_for_the_time() -> None:
    """No statement or migration calls now() or its relatives: time is a parameter."""
    forbidden = re.compile(
        r"\bnow\(\)|current_timestamp|clock_timestamp|statement_timestamp|localtimestamp", re.IGNORECASE
    )
    statements = [path for path in SOURCE.rglob("*.sql") if forbidden.search(path.read_text())]
    strings = [
        name
        for name, text in modules()
        if name.startswith("adapters/postgres/")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and forbidden.search(node.value)
    ]
    assert (statements, strings) == ([], [])


def test_modules_stay_small() -> None:
    """No module has more than 400 lines."""
    assert [name for name, text in modules() if len(text.splitlines()) > 400] == []
