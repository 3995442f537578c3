from thesetd.actors.jobs.steps import STEPS
from thesetd.domain.work.jobs import JobKind


def test_every_kind_of_job_has_steps():
    """A job of a kind without steps would be done without doing anything; only the one for measuring has none."""
    assert {kind for kind in JobKind if STEPS.get(kind)} == set(JobKind) - {JobKind.NOOP}
