"""People who ask for artists at random, and remember what they were promised."""

import random
from typing import TYPE_CHECKING

import attrs
import trio

from thesetd.domain.errors import ThesetdError
from thesetd.domain.ids import JobId

if TYPE_CHECKING:
    from simulation.whole import Simulation

PATIENCE_S = 90.0
AGAIN_S = 5.0


@attrs.define
class People:
    """What was promised: job ids by the artist that was asked for."""

    sim: "Simulation"
    dice: random.Random
    promised: dict[JobId, str] = attrs.field(factory=dict)
    asked: int = 0

    async def come(self, every_s: float, first: list[str], until: float) -> None:
        """Insist on each of the first, then ask for any artist of the cast, every so many seconds on average."""
        async with trio.open_nursery() as nursery:
            for reference in tuple(first):
                nursery.start_soon(self._insist, reference, first)
                await trio.sleep(self.dice.uniform(0.0, 20.0))
            while (wait_s := self.dice.expovariate(1 / every_s)) + trio.current_time() < until:
                await trio.sleep(wait_s)
                artist = self.dice.choice(self.sim.cast)
                nursery.start_soon(self.ask, self.dice.choice((artist.name, artist.spotify_id)))
            await trio.sleep_forever()

    async def _insist(self, reference: str, unanswered: list[str]) -> None:
        while not await self.ask(reference):
            await trio.sleep(AGAIN_S)
        unanswered.remove(reference)

    async def ask(self, reference: str) -> bool:
        """Ask for an artist; an answer is a promise. Say whether there was one."""
        daemon, life = self.sim.daemon, self.sim.life
        assert daemon is not None
        assert life is not None
        self.asked += 1
        try:
            with trio.move_on_after(PATIENCE_S):
                accepted = await daemon.submit(reference)
                if not life.dead:
                    self._believe(accepted.job_id, reference)
                    return True
        except ThesetdError as error:
            self.sim.journal.note(f"refused {reference}: {error}")
        return False

    def _believe(self, job_id: JobId, reference: str) -> None:
        self.sim.journal.note(f"promised {reference}: job {job_id}")
        self.promised[job_id] = reference
        self.sim.acknowledged(job_id, reference)

    def waiting(self) -> list[JobId]:
        """Name the promised imports that have not ended."""
        states = {job_id: self.sim.state_of(job_id) for job_id in self.promised}
        return [job_id for job_id, state in states.items() if state is None or not state.final]
