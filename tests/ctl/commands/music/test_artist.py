"""`thesetctl artist`: what a person sees and decides of who is who."""

import json
from typing import Any

import pytest

from thesetd.domain.freshness.copies import Aspect


def test_show(run: Any) -> None:
    """Ids, links with their rule and evidence, what is open, and what people decided."""
    shown = run("artist", "show", "mara-vell")
    assert shown.exit_code == 0
    for text in (
        "Mara Vell",
        "verified",
        "spotify:0123456789012345678901",
        "linked by",
        "a link",
        "both list 2026-09-02 in bergen",
    ):
        assert text in shown.stdout


def test_review_of_one_and_of_all(run: Any) -> None:
    """Candidates with what speaks for each."""
    for arguments in (("review", "mara-vell"), ("review",)):
        shown = run("artist", *arguments)
        assert (shown.exit_code, "310" in shown.stdout) == (0, True)


@pytest.mark.parametrize("arguments", [("link", "K8vZ1234"), ("unlink", "K8vZ1234"), ("split", "K8vZ1234", "K8vZ1235")])
def test_decisions_name_their_number_and_the_way_back(run: Any, arguments: tuple[str, ...]) -> None:
    """What moved is told, and how to undo it."""
    verb, *ids = arguments
    decided = run("artist", verb, "mara-vell", *ids)
    assert decided.exit_code == 0, decided.stderr
    assert "left with 3 shows" in decided.stdout
    assert "undo it with `thesetctl artist undo 1`" in decided.stdout


def test_unknown_artists_and_decisions_are_refused(run: Any) -> None:
    """With an exit code and one clear line."""
    for arguments, text in ((("show", "nobody"), "nobody"), (("undo", "9"), "no decision 9 to undo: there are none")):
        refused = run("artist", *arguments)
        assert refused.exit_code == 1
        assert text in refused.stderr


def test_json(run: Any) -> None:
    """Programs get the daemon's document."""
    document = json.loads(run("artist", "show", "mara-vell", "--json").stdout)
    assert document["ids"][0]["id"] == "spotify:0123456789012345678901"


def test_an_artist_is_refreshed(run: Any) -> None:
    """Its shows, unless another aspect is named; the job can be followed."""
    assert run("artist", "refresh", "mara-vell").output.endswith(": job 1 refreshes its shows\n")
    assert run("artist", "refresh", "mara-vell", "catalog").output.endswith(": job 2 refreshes its catalog\n")
    for aspect in Aspect:
        assert run("artist", "refresh", "mara-vell", aspect.value).exit_code == 0
    assert run("artist", "refresh", "mara-vell", "merch").exit_code == 2
    assert run("artist", "refresh", "nobody").exit_code == 1
