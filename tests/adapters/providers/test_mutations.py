"""Recorded bodies, damaged in many ways: no crash, no silent loss, no value changed by what was not said."""

from pathlib import Path

import pytest

from bench.damage import readers, tally
from exploring import EXPLORE

MUTATIONS = 4_000 if EXPLORE else 60  # of each endpoint; `make prove-mutations` makes 40,000 of all


@pytest.mark.parametrize("folder", readers())
def test_damaged_answers(corpus: Path, folder: str) -> None:
    """What cannot be read is refused, or told item by item; one value that is left out changes no other."""
    found = tally(corpus, folder, MUTATIONS)
    if not found.bodies:
        pytest.skip("nothing recorded")
    assert (found.lost, found.changed) == ([], [])
    assert found.damaged == MUTATIONS
    assert found.refused < MUTATIONS


def test_the_account_shows_a_loss(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracks that are left out without a word are counted."""
    monkeypatch.setattr("thesetd.adapters.providers.lenient._note_unusable", lambda *_: None)
    assert tally(corpus, "spotify/album-tracks", 200).lost
