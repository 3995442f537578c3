"""A forked program ends as the program itself does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import forking
from patience import LONGEST_S

THESETD = str(Path(sys.executable).parent / "thesetd")
ENVIRON = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (["--version"], {}),
        (["check-config"], {"THESETD_LOGG__LEVEL": "debug"}),
        (["surprise"], {}),
        (["run"], {"THESETD_STATE_DIR": "/dev/null/state"}),
    ],
)
def test_a_forked_program_ends_as_the_program_does(arguments: list[str], variables: dict[str, str]) -> None:
    """Exit code, output and errors are the same."""
    forked = forking.run([THESETD, *arguments], ENVIRON | variables)
    real = subprocess.run(
        [THESETD, *arguments], env=ENVIRON | variables, capture_output=True, text=True, check=False, timeout=LONGEST_S
    )
    assert _told(forked) == _told(real)


def test_an_exception_that_nobody_catches_is_shown() -> None:
    """A traceback and exit code 1, so that tests which look for one can find it."""
    done = forking.run(["no-such-program"], ENVIRON)
    assert (done.returncode, "Traceback" in done.stderr) == (1, True)


def _told(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    """Return all that a program said, but for the time at which."""
    return done.returncode, done.stdout, re.sub(r'"timestamp": "\S+"', "", done.stderr)
