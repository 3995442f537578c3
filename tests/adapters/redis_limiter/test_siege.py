"""Everything at random: nodes come and die while Redis is cut, full or wiped, and the database away."""

import random

import pytest
from trio.testing import MockClock as Clock

from exploring import sample
from thesetd.domain.gate.windows import Window
from virtual_nodes import Node, Open, World

LIMITS = (
    [Window(30, 20.0)],
    [Window(10, 3.0)],
    [Window(1, 1.0)],
    [Window(3, 1.0), Window(20, 15.0)],
    [Window(2, 5.0)],
)
STEPS = ("cut one", "cut all", "mend", "fill", "database", "restart", "new", "wipe", "kill")


class Siege:
    """A world with up to four nodes of one database, and what befalls them."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.rng = rng
        self.nodes: dict[str, Node] = {}

    async def begin(self, name: str) -> None:
        """Start a node that wants everything; Redis may be out of its reach."""
        self.nodes[name] = self.world.start(name, cut=self.rng.random() < 0.4)
        await self.world.pass_time(self.rng.uniform(0.1, 3.0))
        self.nodes[name].call(callers=4)

    def kill(self, name: str) -> None:
        """Kill a node."""
        self.nodes.pop(name).kill()
        self.world.wires[name].cut = False

    async def step(self) -> None:
        """Let one thing happen; a node starts only while there is a database."""
        step, name = self.rng.choice(STEPS), self.rng.choice(sorted(self.nodes))
        absent = sorted(set("abcd") - set(self.nodes))
        if step == "kill" and len(self.nodes) > 1:
            self.kill(name)
        elif step == "restart" and not self.world.ledger_is_away:
            self.kill(name)
            await self.begin(name)
        elif step == "new" and absent and not self.world.ledger_is_away:
            await self.begin(absent[0])
        else:
            self._befall_servers(step, name)

    def _befall_servers(self, step: str, name: str) -> None:
        wires = [self.world.wires[node] for node in self.nodes]
        match step:
            case "cut one":
                self.world.wires[name].cut = True
            case "cut all" | "mend":
                for wire in wires:
                    wire.cut, wire.full = step == "cut all", lambda: False
            case "fill":
                for wire in wires:
                    wire.full = lambda: self.rng.random() < 0.8
            case "database":
                self.world.ledger_is_away = not self.world.ledger_is_away
            case "wipe":
                self.world.forget()


@pytest.mark.parametrize("seed", sample(range(24), 12))
async def test_no_limit_is_broken_whatever_happens(open_world: Open, mock_clock: Clock, seed: int):
    """Not one call too many arrives in thirty random steps."""
    rng = random.Random(seed)
    async with open_world(rng.choice(LIMITS)) as world:
        world.database = True
        siege = Siege(world, rng)
        for name in "ab":
            await siege.begin(name)
        for _ in range(30):
            await world.pass_time(rng.choice([rng.uniform(0.05, 2.0), rng.uniform(2.0, 30.0)]))
            await siege.step()
        await world.pass_time(60.0)
    assert not any(world.violations().values()), world.violations()
    assert world.made() > 0
