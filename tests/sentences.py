"""Print sentences of the project chosen at random, to be read as a stranger reads them.

`python tests/sentences.py SEED` prints ten each of the pages, the commands' help, the messages and the docstrings. The
same seed prints the same sentences as long as the text stays.
"""

import ast
import random
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import click

from thesetd.app.cli import main as thesetd
from thesetd.ctl.catalog import COMMANDS, loaded
from thesetd.ctl.cli import main as thesetctl

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "daemon" / "thesetd"
PAGES = (ROOT / "README.md", *sorted((ROOT / "config").glob("*.md")))
END = re.compile(r"(?<=[.!?:])\s+(?=[A-Z`'\"])")
WORDS, EACH = 5, 10


def of_pages() -> Iterator[str]:
    """Yield what the pages say outside of code and tables."""
    for page in PAGES:
        text = re.sub(r"(?ms)^```.*?^```|^\|.*?$|^ {4}.*?$|^#.*?$", "", page.read_text())
        for block in re.split(r"\n\s*\n|\n- |\n\d+\. ", text):
            yield from sentences(block)


def subcommands(command: click.Command) -> Iterable[click.Command]:
    """Return the commands of a group; those of thesetctl stand in its catalog."""
    if command is thesetctl:
        return [loaded(name) for name in COMMANDS]
    return command.commands.values() if isinstance(command, click.Group) else ()


def of_help() -> Iterator[str]:
    """Yield the help of every command, option and argument."""
    waiting: list[click.Command] = [thesetd, thesetctl]
    while waiting:
        command = waiting.pop()
        yield from sentences(command.help or "")
        for parameter in command.params:
            yield from sentences(getattr(parameter, "help", None) or "")
        waiting += subcommands(command)


def of_messages() -> Iterator[str]:
    """Yield the messages of errors, and the reasons and remarks that are logged or shown."""
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                yield from texts(node.exc.args)
            elif isinstance(node, ast.keyword) and node.arg in {"reason", "message", "remark", "remedy", "why"}:
                yield from texts([node.value])


def of_docstrings() -> Iterator[str]:
    """Yield what modules, classes and functions say of themselves."""
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                for block in re.split(r"\n\s*\n", ast.get_docstring(node) or ""):
                    yield from sentences(block)


def trees() -> Iterator[ast.Module]:
    """Read every module."""
    for path in sorted(SOURCE.rglob("*.py")):
        yield ast.parse(path.read_text())


def texts(values: list[ast.expr]) -> Iterator[str]:
    """Yield literal texts with their gaps as they stand."""
    for value in values:
        if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str)):
            text = ast.unparse(value).removeprefix("f")[1:-1]
            if len(text.split()) >= WORDS - 1:
                yield text


def sentences(block: str) -> Iterator[str]:
    """Cut a paragraph into its sentences."""
    yield from (one for one in END.split(" ".join(block.split())) if len(one.split()) >= WORDS)


KINDS: Mapping[str, Callable[[], Iterator[str]]] = {
    "pages": of_pages,
    "help": of_help,
    "messages": of_messages,
    "docstrings": of_docstrings,
}


def main(seed: str) -> None:
    """Print the sample."""
    for kind, of in KINDS.items():
        known = sorted(set(of()))
        print(f"\n{kind}: {EACH} of {len(known)}\n")
        print("\n".join(f"- {one}" for one in random.Random(f"{seed} {kind}").sample(known, EACH)))


if __name__ == "__main__":
    main(sys.argv[1])
