"""Manual pages come from the help of the commands."""

import shutil
import subprocess
from pathlib import Path

import pytest

from thesetd.ctl.catalog import COMMANDS, loaded
from thesetd.ctl.manual import pages, write


def test_each_command_has_a_page(tmp_path: Path) -> None:
    """And so has thesetctl itself, which names them all; options and examples are there."""
    assert write(tmp_path) == len(COMMANDS) + 1
    whole = (tmp_path / "thesetctl.1").read_text()
    for name in COMMANDS:
        page = (tmp_path / f"thesetctl-{name}.1").read_text()
        assert ".SH SYNOPSIS" in page
        assert "Example: thesetctl" in page
        assert name.replace("-", "\\-") in whole
        for parameter in loaded(name).params:
            assert parameter.opts[0].replace("-", "\\-") in page or not parameter.opts[0].startswith("-")


def test_the_text_is_no_markup() -> None:
    """No line but those of the page's own macros begins with a dot or an apostrophe."""
    own = (".TH ", ".SH ", ".SS ", ".B ", ".BR ", ".TP", ".PP", ".br")
    for _, text in pages():
        assert not [line for line in text.splitlines() if line.startswith((".", "'")) and not line.startswith(own)]


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_is_content(tmp_path: Path) -> None:
    """It formats the pages without a warning."""
    write(tmp_path)
    for page in ("thesetctl.1", "thesetctl-jobs.1"):
        done = subprocess.run(
            ["groff", "-man", "-ww", "-z", str(tmp_path / page)], capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
