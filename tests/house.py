"""Print how the house stands: sizes, rooms, arrows, doors, and names that mean two things.

Run it by `python tests/house.py`. `python tests/house.py FOLDER_OR_REVISION...` sets others side by side, for example
`python tests/house.py v1 HEAD .`. It decides nothing: what has to hold is tested in `test_architecture.py` and by
import-linter.
"""

import ast
import re
import statistics
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

MOST_FILES, MOST_METHODS = 15, 5
PACKAGE = "thesetd"
Modules = Mapping[str, ast.Module]
Figure = str | list[str]

_WORLD = "a record, and what the sandbox's synthetic world has of the same kind"
# Names that several modules define because one meaning has several forms; every other name means one thing.
ONE_MEANING = {
    **dict.fromkeys(("Album", "Artist", "Show", "Track", "Venue"), _WORLD),
    "Curator": "a port and its implementation",
    "Proposal": "a candidate, and the document that shows it",
    "ScheduleFired": "a fact, and the document that tells it",
    "decode": "the other way of `encode`",
    "encode": "a value as the text or bytes that are stored or sent",
    "main": "what a program starts with",
    "number": "a number in a request: to the daemon, and to the sandbox",
    "parse": "an address as a connection string, of PostgreSQL and of Redis",
    "table": "rows under headings, in HTML and on a terminal",
}


def modules_of(root: Path) -> dict[Path, ast.Module]:
    """Read every module under a folder."""
    return {path: ast.parse(path.read_text()) for path in sorted(root.rglob("*.py"))}


def dotted(path: Path, root: Path) -> str:
    """Return the name under which a module is imported."""
    parts = (PACKAGE, *path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.Module, known: Modules) -> set[str]:
    """Name the modules that one imports, as it is loaded or later."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {name if (name := f"{node.module}.{alias.name}") in known else node.module for alias in node.names}
    return found & known.keys()


def cycles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import one another (Tarjan's strongly connected components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in arrows[name]:
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            place = stack.index(name)
            found.append(stack[place:])
            del stack[place:]

    for name in arrows:
        if name not in index:
            visit(name)
    return [group for group in found if len(group) > 1]


def functions(tree: ast.Module) -> Iterator[int]:
    """Yield the lines of each function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def wide_protocols(known: Modules) -> Iterator[str]:
    """Name the Protocols with more methods of their own than a port should have."""
    for name, tree in known.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases):
                count = sum(isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) for part in node.body)
                if count > MOST_METHODS:
                    yield f"{name}.{node.name} ({count})"


def names_twice(known: Modules) -> Mapping[str, list[str]]:
    """Return the public classes, type aliases and functions that several modules define, leaving out commands."""
    places = defaultdict(list)
    for module, tree in known.items():
        for node in tree.body:
            if (name := _defined(node)) and not name.startswith("_"):
                places[name].append(module.removeprefix(f"{PACKAGE}."))
    return {name: where for name, where in sorted(places.items()) if len({_room(place) for place in where}) > 1}


def _room(module: str) -> str:
    """Return the module, or what all folders of providers have in common: each has its own of the same kind."""
    return re.sub(r"^(adapters\.providers|sandbox\.twins)\.\w+\..*", r"\1", module)


def _defined(node: ast.stmt) -> str | None:
    """Return the name of a class, a type alias or a function, None for a command, a type variable or a constant."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        decorators = map(ast.unparse, node.decorator_list)
        return None if any("command(" in one or "group(" in one for one in decorators) else node.name
    if isinstance(node, ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        target, value = node.targets[0].id, ast.unparse(node.value)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        target, value = node.target.id, ast.unparse(node.value)
    else:
        return None
    return None if target.isupper() or value.startswith(("TypeVar(", "ParamSpec(")) else target


def differing(twice: Mapping[str, list[str]]) -> Iterator[str]:
    """Name those that mean different things: whatever `ONE_MEANING` does not list."""
    yield from (f"{name} ({', '.join(where)})" for name, where in twice.items() if name not in ONE_MEANING)


def modules_twice(known: Modules) -> Iterator[str]:
    """Name what several modules are called; wings may repeat a provider's parts."""
    stems = Counter(name.rpartition(".")[2] for name in known if ".providers." not in name and ".sandbox." not in name)
    yield from (f"{stem} ({count})" for stem, count in sorted(stems.items()) if count > 1)


def spread(sizes: Sequence[int]) -> str:
    """Return median, 90th percentile and most."""
    return f"{statistics.median(sizes):g}, {statistics.quantiles(sizes, n=10)[-1]:.0f}, {max(sizes)}"


def figures(checkout: Path) -> dict[str, Figure]:
    """Measure a checkout."""
    root = checkout / "daemon" / PACKAGE
    trees = modules_of(root)
    known = {dotted(path, root): tree for path, tree in trees.items()}
    lines = {path: len(path.read_text().splitlines()) for path in trees}
    arrows = {name: imports(tree, known) - {name} for name, tree in known.items()}
    folders = Counter(str(path.parent.relative_to(root)) for path in trees if path.stem != "__init__")
    to_others = {(_folder(name), _folder(other)) for name, to in arrows.items() for other in to}
    twice = names_twice(known)
    return {
        "modules": str(len(trees)),
        "lines of a module": spread([count for count in lines.values() if count > 1]),
        "lines of a function": spread([size for tree in trees.values() for size in functions(tree)]),
        "folders": str(len(folders)),
        "files of a folder": spread(list(folders.values())),
        "arrows between modules": str(sum(map(len, arrows.values()))),
        "arrows between folders": str(sum(one != other for one, other in to_others)),
        "cycles": [" <-> ".join(group) for group in cycles(arrows)],
        f"folders over {MOST_FILES} files": [f"{name} ({n})" for name, n in folders.most_common() if n > MOST_FILES],
        f"Protocols over {MOST_METHODS} methods": list(wide_protocols(known)),
        "names with two meanings": list(differing(twice)),
        "names of one meaning, twice": [f"{name}: {ONE_MEANING[name]}" for name in twice if name in ONE_MEANING],
        "modules of one name": list(modules_twice(known)),
    }


def main(wanted: Sequence[str]) -> None:
    """Print a column for each checkout or revision, then what the last one's numbers stand for."""
    columns = []
    for what in wanted:
        with checked_out(what) as checkout:
            columns.append(figures(checkout))
    print("".join(f"{what:>24}" for what in ("median, 90 %, most", *wanted)))
    for name in columns[-1]:
        cells = [column[name] for column in columns]
        print(f"{name:<34}", *(f"{cell if isinstance(cell, str) else len(cell):>23}" for cell in cells))
    for name, cell in columns[-1].items():
        if cell and not isinstance(cell, str):
            print(f"\n{name}:\n  {chr(10).join(cell).replace(chr(10), chr(10) + '  ')}")


@contextmanager
def checked_out(what: str) -> Iterator[Path]:
    """Yield a folder as it is, or the files of a revision in a temporary one."""
    if Path(what).is_dir():
        yield Path(what)
        return
    with tempfile.TemporaryDirectory() as folder:
        here = Path(__file__).parent
        files = subprocess.run(["git", "-C", here.parent, "archive", what], check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", folder], input=files.stdout, check=True)
        yield Path(folder)


def _folder(name: str) -> str:
    return name.rpartition(".")[0]


if __name__ == "__main__":
    main(sys.argv[1:] or [str(Path(__file__).parents[1])])
