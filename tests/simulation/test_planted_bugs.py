from unittest.mock import patch

import attrs
import pytest

from simulation.audit import mailboxes_stay_bounded
from simulation.plans import SHORT
from simulation.planted import BUGS
from simulation.whole import Simulation
from thesetd.ports.surface.daemon import ActorView

SEEDS = 60  # a run stops at the first that shows it


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_seen(name: str):
    """Within a few seeds the invariant that the bug hurts says so, and the report repeats the run."""
    bug = BUGS[name]
    with bug.patched():
        for seed in (bug.first, *range(SEEDS)):
            plan = attrs.evolve(SHORT, seed=seed, faults=bug.faults, **bug.more)
            outcome = Simulation(plan, bug.servers(), planted=bug.planted).run()
            hurt = {violation.split(":")[0] for violation in outcome.violations}
            if bug.hurts in hurt:
                assert f"--seed {seed} " in outcome.report()
                return
    pytest.fail(f"{name}: {bug.hurts} saw nothing in {SEEDS} seeds")


def test_a_full_mailbox_is_seen():
    """More messages than a mailbox has room for are a violation, as many as it has room for are none."""
    with patch("simulation.audit.MAILBOXES", {"writer": 2}):
        full = ActorView(name="writer", state="running", restarts=0, mailbox=2)
        assert not list(mailboxes_stay_bounded([full]))
        assert list(mailboxes_stay_bounded([attrs.evolve(full, mailbox=3)]))
