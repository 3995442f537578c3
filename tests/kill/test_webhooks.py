"""Webhooks and consumers of the change feed under kills: what `make prove-webhooks` runs at length, in small."""

from typing import Any

import pytest
import webhooks
from ground import Ground, artists

pytestmark = pytest.mark.real
NAMES = [artists(24)[number] for number in (20, 23)]  # with few shows: what is told of an artist is told in its order


def test_no_consumer_misses_a_change_under_kills(ground: Ground) -> None:
    """The receiver that fails half of the time, the stream's follower and the one that was away have all, in order."""
    outcome = webhooks.campaign(ground, NAMES, kills=3, restarts=1, seed=1)
    assert outcome.faults == []
    assert (outcome.kills, outcome.restarts) == (3, 1)
    assert outcome.refused > 10


def test_a_message_that_was_lost_is_found() -> None:
    """The judge can fail: it names what is missing, what came too late for its artist, and the gap of a follower."""
    changes = [
        {"seq": n, "id": "x", "artist_id": "a", "table": "shows", "after": {"status": str(n)}} for n in (1, 2, 3)
    ]
    receiver, follower = webhooks.Receiver(webhooks.random.Random(1)), webhooks.Follower(lambda: None)
    receiver.taken = {str(n): {"data": changes[n - 1]} for n in (3, 2)}
    follower.changes = changes[1:]
    faults = webhooks.judged(receiver, follower, changes, 0)
    assert faults == [
        "the follower has 2 changes, the feed 3",
        "change 1 was lost or told otherwise",
        "change 2 of a came after 3",
    ]


def test_a_row_that_no_change_leads_to_is_found() -> None:
    """The judge can fail: of a row and of a value that was never told."""

    class Rows:
        def look(self, _: str) -> list[Any]:
            """Return two shows as they are."""
            return [("shows", "x", '{"status": "cancelled"}'), ("shows", "y", "{}")]

    class Held:
        auditor = Rows()

    changes = [{"seq": 1, "id": "x", "artist_id": "a", "table": "shows", "after": {"status": "scheduled"}}]
    assert webhooks.untold(Held(), changes) == [  # type: ignore[arg-type]
        "shows x: status is 'cancelled', told was 'scheduled'",
        "shows y: no change told of it",
    ]
