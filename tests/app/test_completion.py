"""Shells complete both programs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import forking
from patience import LONGEST_S

PROGRAMS = Path(sys.executable).parent
WORDS = [
    ("thesetctl", "thesetctl im", "import"),
    ("thesetctl", "thesetctl import --fol", "--follow"),
    ("thesetctl", "thesetctl limits s", "set"),
    ("thesetctl", "thesetctl dead r", "replay"),
    ("thesetctl", "thesetctl pause --no", "--no-wait"),
    ("thesetd", "thesetd check", "check-config"),
    ("thesetd", "thesetd run --st", "--state-dir"),
]


def environ(**variables: str) -> dict[str, str]:
    """Return an environment in which the programs are found."""
    return {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", **variables}


@pytest.mark.parametrize(("program", "typed", "word"), WORDS)
def test_bash_completes(program: str, typed: str, word: str) -> None:
    """A real bash that has sourced the script offers the word alone."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    script = f"""
        . <({program} completion bash) || exit 1
        COMP_WORDS=({typed}) COMP_CWORD={len(typed.split()) - 1}
        _{program}_completion {program}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        [bash, "-c", script], env=environ(), capture_output=True, text=True, check=False, timeout=LONGEST_S
    )
    assert (done.stdout.splitlines(), done.stderr) == ([word], "")


@pytest.mark.parametrize(("program", "typed", "word"), WORDS)
@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_are_answered(shell: str, program: str, typed: str, word: str) -> None:
    """What the scripts of zsh and fish call gives them the word, and the script calls it."""
    ask = f"_{program.upper()}_COMPLETE"
    current = typed.rsplit(maxsplit=1)[-1] if shell == "fish" else str(len(typed.split()) - 1)
    question = environ(**{ask: f"{shell}_complete"}, COMP_WORDS=typed, COMP_CWORD=current)
    assert word in output([str(PROGRAMS / program)], question).replace(",", "\n").replace("\t", "\n").splitlines()
    assert f"{ask}={shell}_complete" in output([str(PROGRAMS / program), "completion", shell], environ())


def output(command: list[str], variables: dict[str, str]) -> str:
    """Run a program and give what it wrote."""
    return forking.run(command, variables).stdout
