"""What a command loads before it does anything: a person types it, and a script calls it a hundred times."""

import subprocess
import sys
from collections.abc import Collection

import pytest

HEAVY = ("asyncpg", "cattrs", "click.shell_completion", "croniter", "httpx2", "redis", "rich", "starlette", "trio")
DOCUMENTS = "thesetd.ports.surface."
RUN = """
import sys
from click.testing import CliRunner
from thesetd.ctl.cli import main
CliRunner().invoke(main, sys.argv[1:])
print(*sys.modules)
"""


def loaded(*words: str) -> Collection[str]:
    """Return the modules that a process has after a command."""
    done = subprocess.run([sys.executable, "-c", RUN, *words], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "documents"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["jobs"], {"jobs"}),
        (["limits"], {"gate"}),
        (["schedules"], {"daemon", "jobs"}),
        (["version"], {"daemon"}),
        (["health"], {"daemon"}),
        (["top"], {"daemon", "jobs", "status"}),
    ],
)
def test_a_command_loads_what_it_needs(words: list[str], documents: set[str]) -> None:
    """Libraries of the daemon are never loaded; documents' classes, half a millisecond each, where it asks for them."""
    modules = loaded("--socket", "/nowhere/s", *words)
    assert not modules & set(HEAVY)
    parts = {name.removeprefix(DOCUMENTS) for name in modules if name.startswith(DOCUMENTS)}
    known = {name for name in parts if "." not in name} - {"endpoints", "problems", "rows"}
    assert known == documents
