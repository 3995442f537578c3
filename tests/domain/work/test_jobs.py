from datetime import timedelta
from typing import Any

import pytest

from sample_rows import NOW
from thesetd.domain.ids import SPOTIFY, Fence, JobId
from thesetd.domain.work.deferrals import Deferral, DeferReason
from thesetd.domain.work.jobs import JobState, JobUpdate, Lane


def test_lanes_are_ordered_by_urgency():
    """The interactive lane goes first; a lane's label is its name in configuration and metrics."""
    assert sorted(Lane) == [Lane.INTERACTIVE, Lane.HIGH, Lane.MEDIUM, Lane.LOW]
    assert [lane.label for lane in Lane] == ["interactive", "high", "medium", "low"]


@pytest.mark.parametrize(
    ("parts", "free"),
    [
        ({"state": JobState.READY}, True),
        ({"state": JobState.READY, "not_before": NOW}, True),
        ({"state": JobState.READY, "not_before": NOW + timedelta(seconds=1)}, False),
        ({"state": JobState.READY, "waits_for": Deferral(DeferReason.PAUSE, SPOTIFY)}, False),
        ({}, False),
        ({"state": JobState.DONE}, False),
    ],
)
def test_what_is_given_back_may_be_taken_at_once(parts: dict[str, Any], *, free: bool):
    """Neither a job that is put off, nor one that waits for the end of a pause, is anybody's now."""
    assert JobUpdate(id=JobId(1), fence=Fence(1), **parts).gives_back(NOW) is free
