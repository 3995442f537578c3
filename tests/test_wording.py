"""Plain English: the wordings that a reader stumbles over most, in docstrings, messages and documents."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "daemon" / "thesetd"
# what a reader of the field says instead
ODD = {
    r"stay away": "back off; a rate-limit penalty",
    r"\bin need\b": "stale-if-error",
    r"\bto be had\b": "available",
    r"signs? of life": "responsive",
    r"(error|fault) of its own": "internal error",
    r"\bfetch(ed|es)? anew\b": "refreshed",
    r"place in line": "place in the queue",
    r"[Ww]ho is who": "artist identities",
    r"kept for people": "reserved for users",
    r"what people (decide|decided|may)": "manual decisions",
    r"\b(read|derive|list|begins?|starts?) (\w+ )?anew\b": "again",
    r"\b(is|are|was|were) told\b": "is reported, is notified",
    r"what (mends|speaks for) it|takes? it back": "how to fix it, evidence, undo",
    r"between two looks|not yet ended|as by default|asked for as": "interval, draining, defaults, requested as",
    r"(nothing is at|no (answer|decision) \S+ about a \S+ holds)": "no such path, no decision to undo",
    r": there are \{": "expected one of",
    r"\bdecided by a person\b|\bpeople (know|vote|see)\b": "operators, users",
}
GIVING = re.compile(r"Give (?!back|up\b|way|an order|orders)|Say whether")
PAGES = (
    "README.md",
    "CHANGELOG.md",
    *(f"config/{path.name}" for path in (ROOT / "config").iterdir() if path.is_file()),
)


def returning() -> Iterator[tuple[str, str]]:
    """Yield the docstrings of what returns a value."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_value(node.returns):
                yield f"{path.relative_to(SOURCE)}: {node.name}", ast.get_docstring(node) or ""


def _is_value(returns: ast.expr | None) -> bool:
    return returns is not None and not (isinstance(returns, ast.Constant) and returns.value is None)


def test_what_returns_a_value_says_so() -> None:
    """A docstring begins with "Return" or "Yield", not with "Give" or "Say whether"."""
    assert [place for place, text in returning() if GIVING.match(text)] == []


@pytest.mark.parametrize("odd", ODD)
def test_field_terms(odd: str) -> None:
    """No docstring, string or page of the project has a riddle in the place of a field's term."""
    pattern = re.compile(odd)
    pages = [page for page in PAGES if pattern.search((ROOT / page).read_text())]
    sources = [
        f"{path.relative_to(SOURCE)}:{number}"
        for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.json")])
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if pattern.search(line)
    ]
    assert (pages, sources) == ([], []), f"better: {ODD[odd]}"


def test_readme_is_one_page() -> None:
    """README has at most 200 lines; the rest is in config/*.md."""
    assert len((ROOT / "README.md").read_text().splitlines()) <= 200
