"""Print how the house stands: sizes, rooms, arrows, doors, and names that mean two things.

Run it by `python tests/house.py`; `python tests/house.py FOLDER` measures another checkout. It decides nothing: what
has to hold is tested in `test_architecture.py` and by import-linter.
"""

import ast
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

MOST_FILES, MOST_METHODS, TESTED_FROM = 15, 5, 40
PACKAGE = "thesetd"
Modules = Mapping[str, ast.Module]


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


def classes_twice(known: Modules) -> Iterator[str]:
    """Name the public classes that several modules define: one name should mean one thing."""
    places = defaultdict(list)
    for name, tree in known.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(name.removeprefix(f"{PACKAGE}."))
    yield from (f"{name} ({', '.join(where)})" for name, where in sorted(places.items()) if len(where) > 1)


def modules_twice(known: Modules) -> Iterator[str]:
    """Name what several modules are called; wings may repeat a provider's parts."""
    stems = Counter(name.rpartition(".")[2] for name in known if ".providers." not in name and ".sandbox." not in name)
    yield from (f"{stem} ({count})" for stem, count in sorted(stems.items()) if count > 1)


def untested(lines: Mapping[Path, int], root: Path, tests: Path) -> Iterator[str]:
    """Name the modules of some size that have no test at their own path, and whose head names none."""
    for path, count in lines.items():
        inside = path.relative_to(root)
        stem = inside.parent.name if inside.stem == "__init__" else inside.stem
        folder = inside.parent.parent if inside.stem == "__init__" else inside.parent
        named = "tests/" in (ast.get_docstring(ast.parse(path.read_text())) or "")
        if count >= TESTED_FROM and not named and not (tests / folder / f"test_{stem}.py").exists():
            yield str(inside)


def spread(sizes: Sequence[int]) -> str:
    """Return median, 90th percentile and most."""
    return f"{statistics.median(sizes):g}, {statistics.quantiles(sizes, n=10)[-1]:.0f}, {max(sizes)}"


def main(checkout: Path) -> None:
    """Print everything."""
    root, tests = checkout / "daemon" / PACKAGE, checkout / "tests"
    trees = modules_of(root)
    known = {dotted(path, root): tree for path, tree in trees.items()}
    lines = {path: len(path.read_text().splitlines()) for path in trees}
    arrows = {name: imports(tree, known) - {name} for name, tree in known.items()}
    folders = Counter(str(path.parent.relative_to(root)) for path in trees if path.stem != "__init__")
    rooms = {
        (name.split(".")[1], other.split(".")[1]) for name, to in arrows.items() for other in to if _inside(name, other)
    }
    print(f"modules                          {len(trees)}")
    sizes = [count for count in lines.values() if count > 1]
    print(f"lines of a module                {spread(sizes)} (median, p90, most)")
    print(f"lines of a function              {spread([size for tree in trees.values() for size in functions(tree)])}")
    print(f"arrows between modules           {sum(map(len, arrows.values()))}, between layers {len(rooms)}")
    _list("cycles", [" <-> ".join(group) for group in cycles(arrows)])
    _list(f"folders over {MOST_FILES} files", [f"{name} ({n})" for name, n in folders.most_common() if n > MOST_FILES])
    _list(f"Protocols over {MOST_METHODS} methods", wide_protocols(known))
    _list("classes of one name", classes_twice(known))
    _list("modules of one name", modules_twice(known))
    _list(f"no test at the path of {TESTED_FROM} lines", untested(lines, root, tests))


def _inside(name: str, other: str) -> bool:
    both = [name.split("."), other.split(".")]
    return all(len(parts) > 1 for parts in both) and both[0][1] != both[1][1]


def _list(what: str, found: Sequence[str] | Iterator[str]) -> None:
    found = list(found)
    print(f"{what:<32} {len(found)}{': ' if found else ''}{', '.join(found)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parents[1])
