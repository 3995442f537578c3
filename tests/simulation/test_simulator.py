import os
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

import attrs
import pytest
import trio
from trio._core import _run
from trio.testing import MockClock

from simulation import scheduling
from simulation.life import Border, Killed, Life
from simulation.plans import SHORT
from simulation.weather import Weather
from simulation.whole import simulate
from thesetd.domain.errors import LostLease

RUN = Path(__file__).parent / "run.py"


def run(seed: int, hash_seed: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, str(RUN), "--seed", str(seed), "--days", "0.022", "--most", "4", *more]
    environ = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300, check=False)


def test_a_seed_is_the_same_event_log_in_every_process(tmp_path: Path):
    """Byte for byte, whatever order a process gives to its sets; another seed is another log."""
    logs = []
    for seed, hash_seed in ((3, "1"), (3, "2"), (4, "1")):
        log = tmp_path / f"{seed}-{hash_seed}"
        done = run(seed, hash_seed, "--artists", "2", "--faults-a-day", "1500", "--log", str(log))
        assert done.returncode == 0, done.stdout + done.stderr
        logs.append(log.read_bytes())
    assert logs[0] == logs[1]
    assert logs[0] != logs[2]
    assert logs[0].count(b"\n") > 300


def test_seeds_explore_different_orders_of_tasks():
    """The order of tasks that are runnable together comes from the seed, and from nothing else."""

    async def ask() -> tuple[int, ...]:
        order: list[int] = []

        async def arrive(number: int) -> None:
            await trio.lowlevel.checkpoint()
            order.append(number)

        async with trio.open_nursery() as nursery:
            for number in range(6):
                nursery.start_soon(arrive, number)
        return tuple(order)

    def order(seed: int) -> tuple[int, ...]:
        with scheduling.deterministic(seed):
            return trio.run(ask)

    assert len({order(seed) for seed in range(20)}) > 10
    assert all(order(seed) == order(seed) for seed in range(20))


def test_a_renamed_name_of_trio_is_noticed():
    """The private names that the simulation stands on are there; without one of them it says so and does not run."""
    scheduling.check()
    kept = _run._r
    with patch.object(_run, "_r", kept):
        del _run._r
        with pytest.raises(AssertionError, match="trio renamed"):
            scheduling.check()
        _run._r = kept


def test_a_failing_seed_says_how_to_repeat_it():
    """The report has the violation, the last lines, one command, and the commit."""
    outcome = attrs.evolve(simulate(attrs.evolve(SHORT, days=0.001)), violations=("no_import_lost: job 1",))
    report = outcome.report()
    assert report.startswith("no_import_lost: job 1\n")
    assert f"\nrepeat with: {outcome.plan.command}\ncommit: " in report
    done = run(0, "1", *outcome.plan.command.split()[2:])
    assert outcome.sha256[:16] in done.stdout


@attrs.define
class Failing:
    """A store whose every write fails."""

    error: Exception

    async def write(self) -> None:
        """Fail."""
        raise self.error


@pytest.mark.parametrize(("error", "heard"), [(LostLease("another's"), None), (ValueError("a bug"), ValueError)])
async def test_what_arrives_late_is_refused_in_silence_and_fails_aloud(
    autojump_clock: MockClock, error: Exception, heard: type[Exception] | None
) -> None:
    """That a store refuses what a dead process had sent is nobody's to hear; that it breaks ends the simulation."""
    arrivals: list[Callable[[], Awaitable[None]]] = []
    life = Life(1, lambda *_: None, dead=True)
    weather = Weather(random.Random(1), late_rate=1.0)
    border = Border(Failing(error), "store", life, weather, later=arrivals.append)
    with pytest.raises(Killed):
        await border.write()
    with pytest.raises(heard) if heard else nullcontext():
        await arrivals[0]()
