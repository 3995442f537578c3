from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import CommittedEvent, ExpectedEnd, Progress, Stage, advance

PARTS = st.floats(allow_nan=False)
STEPS = st.tuples(
    st.sampled_from(Stage), PARTS, st.dictionaries(st.sampled_from(["albums", "songs"]), st.integers(0, 9))
)


@given(st.lists(STEPS))
def test_progress_never_falls(steps: list[tuple[Stage, float, dict[str, int]]]):
    """Whatever the order of stages and the share they claim, the percent stays within 0 and 100 and never falls."""
    seen: list[Progress] = []
    for stage, part, counts in steps:
        seen.append(advance(seen[-1] if seen else None, stage, counts, part))
    assert all(before.percent <= after.percent for before, after in pairwise(seen))
    assert all(0 <= progress.percent <= 100 for progress in seen)


@given(st.lists(STEPS, min_size=1))
def test_counts_are_kept_until_they_rise(steps: list[tuple[Stage, float, dict[str, int]]]):
    """A count that is not mentioned stays as it was last reported, and none falls."""
    progress, told = None, {}
    for stage, part, counts in steps:
        progress = advance(progress, stage, counts, part)
        told |= {name: max(count, told.get(name, 0)) for name, count in counts.items()}
    assert progress is not None
    assert progress.counts == told


@pytest.mark.parametrize(
    ("stage", "starts", "ends"),
    [
        (Stage.INITIALIZING, 10, 29),
        (Stage.FETCHING_SHOWS, 30, 49),
        (Stage.SYNCING_VENUES, 50, 69),
        (Stage.SHOWS_COMPLETE, 70, 84),
        (Stage.SYNCING_CATALOG, 85, 99),
        (Stage.COMPLETED, 100, 100),
    ],
)
def test_each_stage_has_its_percents(stage: Stage, starts: int, ends: int):
    """A stage begins at its percent and moves up to the next one's without reaching it."""
    assert advance(None, stage, {}).percent == starts
    assert advance(None, stage, {}, 1.0).percent == ends


@pytest.mark.parametrize("stage", [Stage.FAILED, Stage.CANCELLED])
def test_an_early_end_keeps_the_percent(stage: Stage):
    """A failed or cancelled import shows how far it came."""
    before = advance(None, Stage.SYNCING_CATALOG, {})
    assert advance(before, stage, {}).percent == 85
    assert advance(None, stage, {}) == Progress(stage=stage, percent=0, message=f"Import {stage.value}.")


def test_a_note_replaces_the_message():
    """What an import waits for is said instead of the stage's own message."""
    assert advance(None, Stage.SYNCING_VENUES, {}).message == "Processing venues..."
    assert advance(None, Stage.SYNCING_VENUES, {}, note="waiting").message == "waiting"


def test_three_stages_are_final():
    """Nothing follows completed, failed and cancelled."""
    assert {stage for stage in Stage if stage.final} == {Stage.COMPLETED, Stage.FAILED, Stage.CANCELLED}


def test_the_published_form():
    """An event is published with its number, stage, percent, message and counts, in plain JSON types."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    expected = ExpectedEnd(at=at + timedelta(seconds=20), since=at, until=at + timedelta(minutes=1))
    event = CommittedEvent(
        seq=Seq(7),
        job_id=JobId(3),
        artist_id=UUID(int=1),
        slug="gorillaz",
        progress=attrs.evolve(advance(None, Stage.SYNCING_CATALOG, {"albums": 2}), expected=expected),
        at=at,
        request_id="r-1",
    )
    assert event.as_json() == {
        "seq": 7,
        "job_id": 3,
        "artist_id": "00000000-0000-0000-0000-000000000001",
        "slug": "gorillaz",
        "status": "syncing-catalog",
        "progress": 85,
        "message": "Building complete song library...",
        "counts": {"albums": 2},
        "at": "2026-11-22T00:00:00+00:00",
        "request_id": "r-1",
        "expected_at": "2026-11-22T00:00:20+00:00",
        "expected_from": "2026-11-22T00:00:00+00:00",
        "expected_until": "2026-11-22T00:01:00+00:00",
    }


def test_an_event_before_the_artist_is_known():
    """An import that has not found its artist yet says so with null."""
    progress = advance(None, Stage.INITIALIZING, {})
    event = CommittedEvent(
        seq=Seq(1), job_id=JobId(1), artist_id=None, slug=None, progress=progress, at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert event.as_json()["artist_id"] is None
