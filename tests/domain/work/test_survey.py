from thesetd.domain.gate.windows import Window
from thesetd.domain.work.survey import WindowUse


def test_more_than_a_window_allows_leaves_nothing() -> None:
    """After a limit was lowered more may be taken than it allows: none is left, not less than none."""
    assert WindowUse(window=Window(10, 60.0), used=12).left == 0
