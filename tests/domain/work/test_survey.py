from datetime import UTC, datetime, timedelta

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.survey import Backlog, JobGroup, Trend, WindowUse, count

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = Window(1000, 86400.0)
NAME = ProviderName("word")


def forecast(*used: int, window: Window = DAY, every_s: float = 60.0) -> datetime | None:
    """Return the last forecast when a window is seen again and again."""
    trend, found = Trend(), None
    for number, count_of in enumerate(used):
        now = AT + timedelta(seconds=number * every_s)
        found = trend.forecast(NAME, WindowUse(window=window, used=count_of), now)
    assert found is not None
    return found.exhausted_at


def test_a_window_that_fills_is_foreseen_to_be_exhausted() -> None:
    """Ten calls a minute, 960 left: 96 minutes from the last look."""
    assert forecast(20, 30, 40) == AT + timedelta(minutes=2 + 96)


def test_what_does_not_grow_is_not_foreseen() -> None:
    """A window that stands or falls will not be exhausted, and neither will one that turns over before."""
    assert forecast(40) is None
    assert forecast(40, 40) is None
    assert forecast(40, 30) is None
    assert forecast(40, 41, window=Window(100, 60.0)) is None


def test_a_full_window_is_exhausted_now() -> None:
    """Nothing is left, whatever came before."""
    assert forecast(1000) == AT


def test_only_the_last_quarter_of_an_hour_counts() -> None:
    """A burst an hour ago says nothing of now."""
    assert forecast(0, 500, 500, every_s=1800.0) is None


def test_jobs_are_summed_by_state() -> None:
    """Kinds and lanes of a state are one number; a state without jobs has none."""
    groups = [JobGroup(state="ready", kind=kind, lane="low", count=2, oldest=AT) for kind in ("noop", "sweep")]
    assert count(Backlog(jobs=tuple(groups))) == {"ready": 4, "deferred": 0, "running": 0, "dead": 0}
