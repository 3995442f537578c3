"""When imports are expected to be complete: bounds that hold four times of five, at every event of an import."""

import random
import statistics
from datetime import UTC, datetime, timedelta

import pytest

from thesetd.domain.freshness.expectations import expected_end
from thesetd.domain.freshness.plans import ENOUGH, PastImport
from thesetd.domain.work.progress import Stage

NOW = datetime(2026, 6, 1, tzinfo=UTC)
STAGES = (Stage.INITIALIZING, Stage.FETCHING_SHOWS, Stage.SYNCING_VENUES, Stage.SHOWS_COMPLETE, Stage.SYNCING_CATALOG)
EVENTS = 2  # of each stage, beside its first


def drawn(rng: random.Random, *, again: bool) -> PastImport:
    """Draw an import: seconds of each stage, fewer if its artist was known, some of them many times the usual."""
    lengths = [rng.lognormvariate(0.5 if again else 1.5, 0.8) for _ in STAGES]
    left = {stage.value: sum(lengths[place:]) for place, stage in enumerate(STAGES)}
    return PastImport(artist_id=None, again=again, seconds=sum(lengths), calls={}, left_s=left)


@pytest.mark.untraced
@pytest.mark.parametrize("seed", range(2))
def test_four_fifths_of_imports_end_between_the_bounds_of_each_of_their_events(seed: int) -> None:
    """Of 200 imports, by those before them: at the reply, at each stage, and while a stage lasts."""
    rng = random.Random(seed)
    past = [drawn(rng, again=rng.random() < 0.5) for _ in range(400)]
    held: dict[Stage, list[bool]] = {stage: [] for stage in STAGES}
    for number in range(200):
        one = past[number]
        for place, stage in enumerate(STAGES):
            following = [*STAGES[place + 1 :], None][0]
            left_s = one.left_s[stage.value]
            length_s = left_s - (one.left_s[following.value] if following else 0.0)
            for event in range(EVENTS + 1):
                spent_s = length_s * event / (EVENTS + 1)
                known = past[number + 1 : number + 201]
                found = expected_end(known, stage, again=one.again, since=NOW - timedelta(seconds=spent_s), now=NOW)
                if found is not None:
                    ends = NOW + timedelta(seconds=left_s - spent_s)
                    held[stage].append(found.since <= ends <= found.until)
    for stage, each in held.items():
        assert len(each) == 200 * (EVENTS + 1)
        assert 0.72 <= statistics.fmean(each) <= 0.88, stage
    assert 0.75 <= statistics.fmean([one for each in held.values() for one in each]) <= 0.85


def test_too_few_imports_tell_nothing() -> None:
    """A few that took longer are no bound that holds four times of five; others stand in for those that are alike."""
    rng = random.Random(1)
    few, others = [drawn(rng, again=True) for _ in range(ENOUGH - 1)], [drawn(rng, again=False) for _ in range(ENOUGH)]
    assert expected_end(few, Stage.INITIALIZING, again=True, since=NOW, now=NOW) is None
    assert expected_end([*few, *others], Stage.INITIALIZING, again=True, since=NOW, now=NOW) is not None


def test_an_import_that_outlasts_all_others_is_expected_later_and_later() -> None:
    """After a day for what takes seconds it may take some hours more."""
    rng = random.Random(1)
    past = [drawn(rng, again=False) for _ in range(100)]
    found = expected_end(past, Stage.INITIALIZING, again=False, since=NOW - timedelta(days=1), now=NOW)
    assert found is not None
    assert NOW < found.since < found.at < found.until
    assert found.at - NOW == pytest.approx(timedelta(hours=6), abs=timedelta(hours=1))
