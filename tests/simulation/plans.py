"""The plans that the tests share."""

from simulation.whole import Plan

# Half an hour around the top of an hour, with a fault each minute: about six lives, thirty calls, ten jobs.
SHORT = Plan(
    seed=0,
    days=0.022,
    artists=2,
    most=4,
    imports_a_day=150.0,
    faults_a_day=1500.0,
    calm_s=6 * 3600.0,
    settle_s=330.0,
    poll_s=20.0,
)

# One import and nothing else; torture kills it, or lets it fail, at each of its calls in turn.
ALONE = Plan(
    seed=1,
    days=0.0001,
    artists=1,
    most=2,
    imports_a_day=0.001,
    faults_a_day=0.0,
    lost_rate=0.0,
    late_rate=0.0,
    calm_s=6 * 3600.0,
    settle_s=1.0,
)
