"""What goes wrong, drawn from the seed: each fault is a small function, chosen by weight, at random moments."""

import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import trio

from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER
from thesetd.sandbox.trouble.bans import Sentence
from thesetd.sandbox.trouble.faults import HANG, Fault

if TYPE_CHECKING:
    from simulation.whole import Simulation

PROVIDERS = (SPOTIFY, TICKETMASTER, SETLISTFM)
STORM = ("500", "502", "503", "504", HANG)
MINUTE_S, HOUR_S = 60.0, 3600.0


class Crash(Exception):
    """What a crashing actor dies of."""


def crash_actor(sim: "Simulation", dice: random.Random) -> str:
    """Let one actor die of an exception, in the middle of whatever it does."""
    name = dice.choice(sorted(sim.bombs)) if sim.bombs else "nobody"
    if name in sim.bombs:
        sim.bombs[name].set()
    return name


def kill_at_call(sim: "Simulation", dice: random.Random) -> str:
    """Kill the process at one of its next calls to the outside, on the way out or on the way back."""
    calls = dice.randint(1, 80)
    if sim.life is not None:
        sim.life.kill_at = sim.life.crossings + calls
    return f"{calls} crossings"


def kill_at_step(sim: "Simulation", dice: random.Random) -> str:
    """Kill the process between any two awaits."""
    steps = dice.randint(1, 3000)
    sim.steps.kill_in(steps, sim.life)
    return f"{steps} steps"


def stop(sim: "Simulation", dice: random.Random) -> str:
    """Ask the daemon to end in order, as an operator does."""
    if sim.daemon is not None:
        sim.daemon.stop()
    return ""


def storm(sim: "Simulation", dice: random.Random) -> str:
    """Let a provider fail for a while."""
    provider, shape, seconds = dice.choice(PROVIDERS), dice.choice(STORM), _length(dice)
    if (provider, shape) == (SETLISTFM, "500"):
        shape = "502"
    sim.controls.faults.inject(Fault(provider=provider, shape=shape, for_s=seconds), trio.current_time())
    return f"{provider} {shape} {seconds:.0f} s"


def ban(sim: "Simulation", dice: random.Random) -> str:
    """Let a provider answer nothing but 429, for longer when it is asked too early."""
    provider, seconds = dice.choice(PROVIDERS), _length(dice)
    sentence = Sentence(seconds=seconds, answer="429-quota", relapse_s=5.0)
    sim.controls.behaviours[provider].ban.impose(sentence, trio.current_time())
    return f"{provider} {seconds:.0f} s"


def nudge(sim: "Simulation", dice: random.Random) -> str:
    """Let a provider answer a single call with 429 and a short Retry-After."""
    provider, seconds = dice.choice(PROVIDERS), dice.randint(1, 90)
    shape = Fault(provider=provider, shape="429-quota", count=1, retry_after=str(seconds))
    sim.controls.faults.inject(shape, trio.current_time())
    return f"{provider} {seconds} s"


def expire_tokens(sim: "Simulation", dice: random.Random) -> str:
    """Let every token end early."""
    expire = sim.controls.behaviours[SPOTIFY].expire_tokens
    assert expire is not None
    expire()
    return ""


def stop_store(sim: "Simulation", dice: random.Random) -> str:
    """Let PostgreSQL be away."""
    seconds = _length(dice)
    sim.weather.stop_store(seconds)
    return f"{seconds:.0f} s"


def stop_bus(sim: "Simulation", dice: random.Random) -> str:
    """Let Redis be away."""
    seconds = _length(dice)
    sim.weather.stop_bus(seconds)
    return f"{seconds:.0f} s"


def stop_both(sim: "Simulation", dice: random.Random) -> str:
    """Let PostgreSQL and Redis be away together."""
    return f"store {stop_store(sim, dice)}, bus {stop_bus(sim, dice)}"


def slow_store(sim: "Simulation", dice: random.Random) -> str:
    """Let each way to a server take two seconds."""
    seconds = _length(dice) / 4
    sim.weather.slow_until, sim.weather.slow_s = trio.current_time() + seconds, 2.0
    return f"{seconds:.0f} s"


def step_clock(sim: "Simulation", dice: random.Random) -> str:
    """Set the machine's wall clock an hour forward or back."""
    seconds = dice.choice((-HOUR_S, HOUR_S))
    sim.clock.skew_s += seconds
    return f"{seconds:+.0f} s"


def _length(dice: random.Random) -> float:
    """Return a length from seconds to an hour, short ones more often."""
    return min(dice.lognormvariate(4.0, 1.3), HOUR_S)


FAULTS: Mapping[Callable[[Any, random.Random], str], int] = {
    crash_actor: 6,
    kill_at_call: 6,
    kill_at_step: 4,
    stop: 1,
    storm: 4,
    ban: 2,
    nudge: 3,
    expire_tokens: 1,
    stop_store: 3,
    stop_bus: 2,
    stop_both: 1,
    slow_store: 1,
    step_clock: 1,
}


async def wreak(sim: "Simulation", every_s: float, names: frozenset[str], until: float) -> None:
    """Let something go wrong every so many seconds on average, until a moment: any, or one of these."""
    dice = random.Random(f"{sim.plan.seed}:chaos")
    known = {fault: weight for fault, weight in FAULTS.items() if not names or fault.__name__ in names}
    faults, weights = list(known), list(known.values())
    while True:
        wait_s = dice.expovariate(1 / every_s)
        if trio.current_time() + wait_s >= until:
            return
        await trio.sleep(wait_s)
        (fault,) = dice.choices(faults, weights)
        sim.happened[fault.__name__] += 1
        sim.journal.note(f"fault {fault.__name__} {fault(sim, dice)}")
