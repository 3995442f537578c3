from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sharing_out import LONG, TOGETHER, one_worker, place

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", [*TOGETHER, *LONG])
def test_each_path_has_tests(path: str):
    """A file that is renamed takes its place along."""
    assert list(ROOT.glob(f"{path}*"))


def test_long_tests_come_first():
    """Groups, which take minutes, before single long tests, those before others, and those on real servers before."""
    files = ["tests/kill/test_nodes.py", LONG[0], "tests/app/test_unit.py", "tests/test_rooms.py"]
    places = [place(f"{file}::test_a", real=number != 3) for number, file in enumerate(files)]
    assert places == sorted(places)
    assert len(set(places)) == 4


def test_groups_are_units_of_work(pytestconfig: pytest.Config):
    """Where tests are shared out by groups, a group goes to one worker whole, and every other test by itself."""
    asked: Any = SimpleNamespace(getvalue={"dist": "loadgroup", "tx": ["popen"]}.get)
    scheduler = pytestconfig.hook.pytest_xdist_make_scheduler(config=asked, log=None)
    kills = [f"tests/kill/test_{file}.py::test_{name}" for file, name in (("kills", "a"), ("nodes", "b[x@y]"))]
    alone = "tests/machinery/test_sharing_out.py::test_a[x@kill]"
    assert [scheduler._split_scope(one) for one in (*kills, alone)] == ["kill", "kill", alone]
    assert one_worker(alone) is None
