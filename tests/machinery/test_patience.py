"""The tests themselves: none of them passes or fails by the speed of the machine."""

import ast
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
import trio.testing

from patience import LONGEST_S, cancelling

TESTS = Path(__file__).parents[1]
LEAST_S = 60  # what is shorter could end something that a slow machine is still at
VIRTUAL = ("actors", "domain", "simulation")  # whose time jumps to whatever happens next
BY_HAND = ("bench", "page", "service", "web")  # programs that `make test` does not run, and tests that they start
SCOPES = {"fail_after", "move_on_after"}
WAITS = {"join", "settimeout", "wait"}
# In which virtual time passes, or a short wait is one of many: what ends it is another look.
MAY_BE_SHORT = {
    "app/test_freezing.py",
    "contracts/test_bus.py",
    "ctl/commands/test_tap.py",
    "debian/processes.py",
    "debian/redis.py",
    "fake/fake_gate.py",
    "kill/ground.py",
    "kill/receivers.py",
    "kill/storm.py",
    "machinery/patience.py",
    "outside/proxies.py",
    "servers/test_postgres_states.py",
}


def bounds(call: ast.Call) -> Iterator[ast.expr]:
    """Yield the seconds for which a call waits, as far as it says them."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name in SCOPES | WAITS and call.args:
        yield call.args[0]
    elif name in {"until", "wait_for"}:
        yield from (one for one in call.args if isinstance(one, ast.Constant) and not isinstance(one.value, str))
    yield from (keyword.value for keyword in call.keywords if keyword.arg in {"timeout", "timeout_s", "patience_s"})


def is_short(call: ast.Call) -> bool:
    """Return whether it waits for less than what hangs would take."""
    scope = getattr(call.func, "attr", "") in SCOPES
    return any(
        bound.value < LEAST_S
        if isinstance(bound, ast.Constant) and isinstance(bound.value, int | float)
        else scope and "LONGEST_S" not in ast.unparse(bound)
        for bound in bounds(call)
    )


def judges_the_clock(node: ast.AST) -> bool:
    """Return whether it asserts how long something took, other than by what is promised where a machine is idle."""
    if not isinstance(node, ast.Assert):
        return False
    said = ast.unparse(node.test)
    measured = any(clock in said for clock in ("monotonic()", "perf_counter()", "time.time()"))
    return measured and "promised" not in said and any(isinstance(part, ast.Constant) for part in ast.walk(node.test))


def hasty(node: ast.AST, *, virtual: bool = False) -> Iterator[ast.AST]:
    """Yield what hangs on the clock on the wall, which is all that is in no function with a virtual one."""
    for child in ast.iter_child_nodes(node):
        inside = virtual
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inside |= any(arg.arg.endswith("_clock") for arg in (*child.args.args, *child.args.kwonlyargs))
        if not inside and ((isinstance(child, ast.Call) and is_short(child)) or judges_the_clock(child)):
            yield child
        yield from hasty(child, virtual=inside)


def test_no_test_waits_for_a_short_time_only() -> None:
    """On the wall a bound only ends what hangs; a promise in seconds is kept in virtual time."""
    found = set()
    for path in TESTS.rglob("*.py"):
        name = path.relative_to(TESTS)
        if name.parts[0] in VIRTUAL + BY_HAND or str(name) in MAY_BE_SHORT:
            continue
        found |= {f"{name}:{node.lineno}" for node in hasty(ast.parse(path.read_text()))}  # type: ignore[attr-defined]
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "with trio.fail_after(1): ...",
        "with trio.move_on_after(rng.uniform(0, 0.003)): ...",
        "assert time.monotonic() - began < 20",
        "until(lambda: done, 20.0)",
        "program.communicate(timeout=10)",
        "server.link(timeout_s=2.0)",
    ],
)
def test_what_hangs_on_the_machine_is_found(line: str) -> None:
    """Whichever way it does; with a virtual clock the same is right."""
    assert list(hasty(ast.parse(f"async def test():\n    {line}")))
    assert not list(hasty(ast.parse(f"async def test(autojump_clock):\n    {line}")))


@pytest.mark.parametrize("seconds", [1e-5, 0.003, 5.0])
async def test_cancels_meet_calls_of_any_length(seconds: float, autojump_clock: trio.testing.MockClock) -> None:
    """On a machine that is ten times slower, or faster, as many are answered and as many cancelled."""

    async def call(_number: int) -> None:
        await trio.sleep(seconds)

    answered, cancelled = await cancelling(call, of_each=20, rng=random.Random(1))
    assert min(len(answered), len(cancelled)) == 20
    assert answered | cancelled == set(range(len(answered) + len(cancelled)))
    assert trio.current_time() < 100 * seconds + LONGEST_S


async def test_calls_that_nothing_cancels_are_told() -> None:
    """They would go on for ever."""

    async def call(_number: int) -> None:
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()

    with pytest.raises(AssertionError, match="0 were cancelled"):
        await cancelling(call, of_each=3, rng=random.Random(1))
