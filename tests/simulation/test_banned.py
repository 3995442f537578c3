import attrs
import pytest
import trio

from simulation.plans import SHORT
from simulation.whole import Simulation
from thesetd.domain.ids import SPOTIFY
from thesetd.sandbox.trouble.bans import Sentence

BAN_S, HOUR_S = 3000.0, 3600.0


class Banned(Simulation):
    """A provider bans us, somebody puts the wall clock on, and the process dies."""

    skew_s = 0.0
    refused_before = 0

    async def _watch(self) -> None:
        await trio.sleep(5.0)
        sentence = Sentence(seconds=BAN_S, answer="429-quota", relapse_s=0.0)
        self.controls.behaviours[SPOTIFY].ban.impose(sentence, trio.current_time())
        while not self.host.traffic.orders:
            await trio.sleep(1.0)
        await trio.sleep(60.0)
        self.refused_before = self.host.traffic.refused
        self.clock.skew_s += self.skew_s
        assert self.life is not None
        self.life.kill()


@pytest.mark.parametrize("skew_s", [0.0, HOUR_S])
def test_a_ban_a_clock_put_on_and_a_death_cost_a_call_per_connection(skew_s: float):
    """The next life knows only the wall clock: where that says too much it asks, hears of the ban, and keeps to it."""
    banned = Banned(attrs.evolve(SHORT, seed=1, days=0.05, faults_a_day=0.0, lost_rate=0.0, late_rate=0.0))
    banned.skew_s = skew_s
    outcome = banned.run()
    assert not outcome.violations, outcome.report()
    assert outcome.lives == 2
    assert banned.refused_before > 0
    connections = banned.host.settings[SPOTIFY].concurrency + 1
    again = outcome.refused - banned.refused_before
    assert 0 < again <= connections if skew_s > BAN_S else again == 0
