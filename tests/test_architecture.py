"""Rules that import-linter cannot see: what may stand in one module only, and what may stand nowhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.domain.identity.spaces import EVERY

SOURCE = Path(__file__).parents[1] / "daemon" / "thesetd"


def modules() -> Iterator[tuple[str, str]]:
    """Yield every module's path and text."""
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


PROVIDER_NAMES = re.compile("|".join(spec.name for spec in PROVIDERS), re.IGNORECASE)
COLUMNS = re.compile("|".join(rf"\w*{column}s?" for space in EVERY for column in space.columns.values()))
# Where providers are at home, where the columns of TheSet are that are called after them, and what reads their words.
KNOWS_PROVIDERS = ("adapters/providers/", "adapters/postgres/", "adapters/web/songs.py", "sandbox/", "domain/identity/")
KNOWS_PROVIDERS += ("domain/ids.py", "domain/music/", "domain/wording/")


def words(text: str) -> Iterator[str]:
    """Give the names and texts in a module's code, docstrings aside."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.alias(name=word) | ast.arg(arg=word):
                yield word
            case ast.Constant(value=str(word)):
                yield word


def test_only_its_folder_names_a_provider() -> None:
    """Jobs, gate, control, wiring and commands go by roles, rows and id spaces: a provider's name is not in them."""
    elsewhere = [(name, text) for name, text in modules() if not name.startswith(KNOWS_PROVIDERS)]
    found = {name for name, text in elsewhere for word in words(text) if PROVIDER_NAMES.search(COLUMNS.sub("", word))}
    assert len(elsewhere) > 200
    assert found == set()
