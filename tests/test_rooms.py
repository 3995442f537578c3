"""The path of an import in `config/developing.md` names modules that there are, each once, and stays short."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATH = (ROOT / "config" / "developing.md").read_text().partition("## One import, from socket to row to channel")[2]
ROOMS = re.findall(r"`([a-z_/]+\.py)`", PATH)


def test_the_rooms_of_an_import_exist() -> None:
    """A module that is moved or renamed is moved in the document, too."""
    assert ROOMS
    assert [room for room in ROOMS if not (ROOT / "daemon" / "thesetd" / room).exists()] == []


def test_an_import_enters_few_rooms_and_none_twice() -> None:
    """Fewer than 64."""
    assert len(ROOMS) == len(set(ROOMS)) < 64
