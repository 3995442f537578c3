"""The threshold that makes due moments fit a budget."""

import heapq

import pytest

from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.freshness.threshold import first_threshold, moved
from thesetd.domain.freshness.worth import due_age_days


def test_it_rises_while_copies_wait_and_falls_while_calls_go_to_what_is_not_due() -> None:
    """A round in which every copy waited half its age raises it by the root of e; one too early lowers it as much."""
    assert moved(1.0, lag_days=2.0, age_days=4.0, copies=1) == pytest.approx(1.6487, abs=0.0001)
    assert moved(1.0, lag_days=-2.0, age_days=4.0, copies=1) == pytest.approx(1 / 1.6487, abs=0.0001)
    assert moved(1.0, lag_days=0.0, age_days=4.0, copies=1) == moved(1.0, lag_days=0.0, age_days=0.0, copies=1) == 1.0


def test_a_long_absence_moves_it_no_further_than_a_lag_of_the_whole_age() -> None:
    """After three weeks away everything is overdue; the threshold stays where its copies can be compared."""
    assert moved(1.0, lag_days=-90.0, age_days=0.1, copies=10) == pytest.approx(0.9048, abs=0.0001)


def test_it_begins_where_the_usual_copy_gets_its_share() -> None:
    """With a call for each copy every four days, a well-known usual copy is due after four days."""
    threshold = first_threshold(1 / 14, 0.001, 4.0)
    usual = ChangeRate(1 / 14, changes=1e6, days=14e6)
    assert due_age_days(usual, 0.001, threshold, oldest_days=30.0) == pytest.approx(4.0, rel=0.01)


@pytest.mark.untraced
@pytest.mark.parametrize("begin", [1e-3, 0.3, 10.0])
def test_it_settles_where_due_copies_match_the_budget(begin: float) -> None:
    """400 copies, 80 calls a day: wherever it begins, after three months calls come when they are due and stay so."""
    rates = [ChangeRate(1 / (3 + n / 4), changes=1e6, days=1e6 * (3 + n / 4)) for n in range(400)]
    threshold, looked, lags = begin, [0.0] * 400, []
    due = [(due_age_days(rate, 1.0, threshold, oldest_days=30.0), copy) for copy, rate in enumerate(rates)]
    heapq.heapify(due)
    for call in range(100 * 80):
        now = call / 80
        moment, copy = heapq.heappop(due)
        lags.append(now - moment)
        threshold = moved(threshold, lag_days=lags[-1], age_days=now - looked[copy], copies=400)
        looked[copy] = now
        heapq.heappush(due, (now + due_age_days(rates[copy], 1.0, threshold, oldest_days=30.0), copy))
    days = [abs(sum(lags[day * 80 : (day + 1) * 80]) / 80) for day in range(90, 100)]
    assert max(days) < 0.25


@pytest.mark.parametrize("times", [10.0, 0.1])
def test_by_proportion_nobody_waits_for_a_threshold_that_is_far_off(times: float) -> None:
    """60 copies, 20 calls a day: in two rounds all are refreshed, and the important one gets a third of them at most.

    In the order of due times it gets all of them if the threshold is too high.
    """
    rate, weights = ChangeRate(1 / 14, changes=1e6, days=14e6), [100.0, *[1.0] * 59]
    threshold = times * first_threshold(1 / 14, 1.0, 3.0)
    looked, calls = [-copy / 60 for copy in range(60)], [0] * 60
    due = [at + due_age_days(rate, weights[copy], threshold, oldest_days=27.0) for copy, at in enumerate(looked)]
    for call in range(120):
        now = (call + 1) / 20
        copy = max(range(60), key=lambda one: (now - looked[one]) / (due[one] - looked[one]))
        threshold = moved(threshold, lag_days=now - due[copy], age_days=now - looked[copy], copies=60)
        looked[copy], calls[copy] = now, calls[copy] + 1
        due[copy] = now + due_age_days(rate, weights[copy], threshold, oldest_days=27.0)
    assert min(calls) >= 1
    assert calls[0] <= 40
