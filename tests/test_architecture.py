"""Rules that import-linter cannot see: what may stand in one module only, and what may stand nowhere."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import folders
import house
from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.domain.identity.spaces import EVERY

SOURCE = Path(__file__).parents[1] / "daemon" / "thesetd"
TESTS = Path(__file__).parent


def modules() -> Iterator[tuple[str, str]]:
    """Yield every module's path and text."""
    for path in sorted(SOURCE.rglob("*.py")):
        yield str(path.relative_to(SOURCE)), path.read_text()


def places(pattern: str) -> set[str]:
    """Name the modules with a line of code, not of a docstring, that matches."""
    found = set()
    for name, text in modules():
        if not re.search(pattern, text):  # most: taking them apart would take a second
            continue
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
        (r"\.transaction\(|execute\(\"commit\"", {"adapters/postgres/database.py"}),
        (r"(?m)^(import|from) httpx2\b", {"adapters/http.py"}),
        (
            r"(?m)^(import|from) redis\b",
            {"adapters/redis/link.py", "adapters/redis/wire.py", "adapters/redis/words.py"},
        ),
        (r"aio_as_trio", {"adapters/aio/bridge.py"}),
        (r"datetime\.now\(|time\.time\(|\butcnow\(", {"adapters/clock.py", "ctl/times.py", "sandbox/cli.py"}),
        (r"\buuid4\(|\buuid1\(", set()),
    ],
)
def test_what_belongs_in_one_place_is_there_alone(pattern: str, allowed: set[str]) -> None:
    """Transactions, httpx2, the asyncio bridge, the wall clock and random ids have one place, or none."""
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
KNOWS_PROVIDERS = (
    "adapters/providers/",
    "adapters/postgres/",
    "adapters/web/routes/songs.py",
    "ctl/catalog.py",  # the command that is called after one
    "ctl/commands/music/spotify.py",
    "ports/surface/",  # its examples
    "sandbox/",
    "domain/identity/",
    "domain/ids.py",
    "domain/music/",
    "domain/wording/",
)


def test_folders_stay_small() -> None:
    """A folder holds at most 15 modules; a larger one gets wings by subject."""
    files = Counter(path.parent for path in SOURCE.rglob("*.py") if path.stem != "__init__")
    assert {str(folder): count for folder, count in files.items() if count > house.MOST_FILES} == {}


@cache
def parsed() -> house.Modules:
    """Return every module's syntax tree by its dotted name."""
    return {house.dotted(path, SOURCE): tree for path, tree in house.modules_of(SOURCE).items()}


def test_ports_stay_narrow() -> None:
    """A Protocol has at most five methods of its own; a wider one is two ports."""
    assert list(house.wide_protocols(parsed())) == []


def test_a_name_means_one_thing() -> None:
    """Classes, type aliases and functions of one name are forms of one meaning, which `house.ONE_MEANING` tells."""
    twice = house.names_twice(parsed())
    assert list(house.differing(twice)) == []
    assert house.ONE_MEANING.keys() <= twice.keys(), "no longer used twice"


def words(text: str) -> Iterator[str]:
    """Yield the names and texts in a module's code, docstrings aside."""
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


@cache
def imported(path: Path) -> set[Path]:
    """Return the files that a file imports, also by a text that names one below its folder: thesetctl's catalog."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Constant) and re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", str(node.value)):
            found |= {
                file for file in [path.parent.joinpath(*node.value.split(".")).with_suffix(".py")] if file.is_file()
            }
        for name in names:
            parts = name.split(".")
            for root in (SOURCE.parent,) if parts[0] == "thesetd" else (TESTS, *folders.SHARED):
                file = root.joinpath(*parts)
                found |= {one for one in (file / "__init__.py", file.with_suffix(".py")) if one.is_file()}
    return found


@cache
def reached(place: str) -> set[Path]:
    """Return every file that the tests in a place import, directly or through others."""
    start = TESTS.parent / place
    waiting = [*start.rglob("*.py")] if start.is_dir() else [start]
    waiting += [file for folder in [start, *start.parents] if (file := folder / "conftest.py").is_file()]
    seen: set[Path] = set()
    while waiting:
        if (path := waiting.pop()) not in seen:
            seen.add(path)
            waiting += imported(path)
    return seen


@cache
def heading(path: Path) -> str:
    """Return the docstring of a module."""
    return ast.get_docstring(ast.parse(path.read_text())) or ""


def places_of(path: Path) -> list[str]:
    """Return where a module is tested, as its head says, or that of the nearest folder around it."""
    for head in [path, *(folder / "__init__.py" for folder in path.parents if folder.is_relative_to(SOURCE))]:
        if found := re.search(r"^Tested in (.+?)\.?$", heading(head), re.MULTILINE):
            return found[1].split(", ")
    return []


def test_every_module_has_its_tests_at_its_path_or_says_where() -> None:
    """From 40 lines on; the places that a head names exist, and their tests come to the module."""
    missing = []
    for path in sorted(SOURCE.rglob("*.py")):
        own = TESTS / path.relative_to(SOURCE).with_name(f"test_{path.name}")
        if own.is_file() or len(path.read_text().splitlines()) < 40:
            continue
        named = places_of(path)
        absent = [place for place in named if not (TESTS.parent / place).exists()]
        found = set().union(*(reached(place) for place in named if place not in absent))
        if absent or path not in found:
            missing.append(f"{path.relative_to(SOURCE)}: {', '.join(absent or named) or 'says nothing'}")
    assert missing == []
