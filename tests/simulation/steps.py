"""Counts the steps of tasks, to kill the process between any two of them."""

import trio
from trio.abc import Instrument

from simulation.life import Life


class Steps(Instrument):
    """Kills a life after so many steps of its tasks; without an order it does nothing."""

    def __init__(self) -> None:
        """Start without an order."""
        self._left = 0
        self._life: Life | None = None

    def kill_in(self, steps: int, life: Life | None) -> None:
        """Order the end of a life."""
        self._left, self._life = steps, life

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count a step."""
        if self._left:
            self._left -= 1
            if not self._left and self._life is not None and not self._life.dead:
                self._life.kill()
