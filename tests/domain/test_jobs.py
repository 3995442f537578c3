from thesetd.domain.jobs import Lane


def test_lanes_are_ordered_by_urgency():
    """The interactive lane goes first; a lane's label is its name in configuration and metrics."""
    assert sorted(Lane) == [Lane.INTERACTIVE, Lane.HIGH, Lane.MEDIUM, Lane.LOW]
    assert [lane.label for lane in Lane] == ["interactive", "high", "medium", "low"]
