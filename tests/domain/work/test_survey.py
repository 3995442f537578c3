from datetime import UTC, datetime

from thesetd.domain.gate.windows import Window
from thesetd.domain.work.survey import Backlog, JobGroup, WindowUse, count

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_more_than_a_window_allows_leaves_nothing() -> None:
    """After a limit was lowered more may be taken than it allows: none is left, not less than none."""
    assert WindowUse(window=Window(10, 60.0), used=12).left == 0


def test_jobs_are_summed_by_state() -> None:
    """Kinds and lanes of a state are one number; a state without jobs has none."""
    groups = [JobGroup(state="ready", kind=kind, lane="low", count=2, oldest=AT) for kind in ("noop", "sweep")]
    assert count(Backlog(jobs=tuple(groups))) == {"ready": 4, "deferred": 0, "running": 0, "dead": 0}
