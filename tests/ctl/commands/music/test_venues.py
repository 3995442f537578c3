"""`thesetctl venue`: which venues are one place, as a person sees and decides it."""

import json
from typing import Any

from thesetd.domain.music.edits import Edited
from thesetd.domain.shows.venue_edits import MergeVenues, SplitVenue, UndoVenueDecision

HALL, OTHER = (f"00000000-0000-0000-0000-0000000000{n}" for n in ("2b", "2c"))


def test_show(run: Any) -> None:
    """Ids, the venues that are the same place with the concerts that tell, and what people decided."""
    shown = run("venue", "show", "Harbour Arena")
    assert shown.exit_code == 0
    for text in ("Belfast, GB", "ticketmaster:KovZ1", "3 at both, 0 elsewhere", "decision 1: 'Hafenhalle' is 'Harbour"):
        assert text in shown.stdout
    assert json.loads(run("venue", "show", "Harbour Arena", "--json").stdout)["venues"][0]["same_as"] is None


def test_decisions_say_how_they_are_taken_back(run: Any, server: Any) -> None:
    """Merge, split and undo reach the daemon as they were said."""
    for arguments in (("merge", HALL, OTHER), ("split", HALL)):
        assert run("venue", *arguments).stdout == "decision 1: undo it with `thesetctl venue undo 1`\n"
    assert run("venue", "undo", "1").stdout == "decision 1 is undone\n"
    merged, split, undone = server.daemon.edits
    assert isinstance(merged, MergeVenues)
    assert (str(merged.venue), str(merged.into)) == (HALL, OTHER)
    assert isinstance(split, SplitVenue)
    assert undone == UndoVenueDecision(number=1)


def test_what_cannot_be_is_refused(run: Any, server: Any) -> None:
    """With an exit code and one clear line."""
    nobody = run("venue", "show", "Nowhere")
    assert (nobody.exit_code, "no venue 'Nowhere': expected an id or a name" in nobody.stderr) == (1, True)
    assert "expected the id of a venue" in run("venue", "merge", HALL, "x").stderr
    server.daemon.edited = Edited(problem="'Hafenhalle' is a place of its own already")
    assert "is a place of its own already" in run("venue", "split", HALL).stderr
