"""What counts as a sign of life."""

import trio
import trio.testing

from thesetd.ports.pulse import Pulse, busy, idle


async def test_a_piece_of_work_is_well_until_its_bound(autojump_clock: trio.testing.MockClock) -> None:
    """Longer than that it is told with its name, its time and its bound; when it is done all is well again."""
    pulse = Pulse()
    with pulse.listening():
        with busy("writes a batch", 5):
            await trio.sleep(5)
            assert pulse.complaint() is None
            await trio.sleep(1)
            assert pulse.complaint() == "writes a batch for 6 s, which takes 5 s at most"
        assert pulse.complaint() is None


async def test_a_wait_that_may_be_long_stops_the_clock(autojump_clock: trio.testing.MockClock) -> None:
    """While idle nothing is late; afterwards the bound counts anew."""
    pulse = Pulse()
    with pulse.listening(), busy("calls", 5):
        await trio.sleep(4)
        with idle():
            await trio.sleep(1000)
            assert pulse.complaint() is None
        await trio.sleep(4)
        assert pulse.complaint() is None
        await trio.sleep(2)
        assert pulse.complaint() is not None


async def test_a_piece_inside_another_stands_in_for_it(autojump_clock: trio.testing.MockClock) -> None:
    """Only the innermost is watched, whichever of the two bounds is longer."""
    pulse = Pulse()
    with pulse.listening(), busy("outer", 5):
        with busy("inner", 10):
            await trio.sleep(8)
            assert pulse.complaint() is None
            await trio.sleep(3)
            assert str(pulse.complaint()).startswith("inner for 11 s")
        assert pulse.complaint() is None
        await trio.sleep(6)
        assert str(pulse.complaint()).startswith("outer for 6 s")


async def test_tasks_inherit_the_pulse(autojump_clock: trio.testing.MockClock) -> None:
    """Each worker of an actor has its own work; the one that hangs is told, whatever the others do."""
    pulse = Pulse()

    async def work(seconds: float) -> None:
        with busy(f"works {seconds:g}", 5):
            await trio.sleep(seconds)

    with pulse.listening():
        async with trio.open_nursery() as nursery:
            for seconds in (1, 100, 3):
                nursery.start_soon(work, seconds)
            await trio.sleep(50)
            assert str(pulse.complaint()).startswith("works 100 for 50 s")
            nursery.cancel_scope.cancel()
    assert pulse.complaint() is None


async def test_work_outside_of_a_supervisor_is_nobodys(autojump_clock: trio.testing.MockClock) -> None:
    """Pulses do not hear of each other's work, nor of what runs without one."""
    one, other = Pulse(), Pulse()
    with busy("by itself", 1):
        with one.listening(), busy("for one", 1), idle():
            await trio.sleep(5)
        assert (one.complaint(), other.complaint()) == (None, None)
