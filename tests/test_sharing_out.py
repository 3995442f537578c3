from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sharing_out import TOGETHER, one_worker

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("place", TOGETHER)
def test_each_place_has_tests(place: str):
    """A file that is renamed takes its group along."""
    assert list(ROOT.glob(f"{place}*"))


def test_groups_are_units_of_work(pytestconfig: pytest.Config):
    """Where tests are shared out by groups, a group goes to one worker whole, and every other test by itself."""
    asked: Any = SimpleNamespace(getvalue={"dist": "loadgroup", "tx": ["popen"]}.get)
    scheduler = pytestconfig.hook.pytest_xdist_make_scheduler(config=asked, log=None)
    kills = [f"tests/kill/test_{file}.py::test_{name}" for file, name in (("kills", "a"), ("nodes", "b[x@y]"))]
    alone = "tests/test_sharing_out.py::test_a[x@kill]"
    assert [scheduler._split_scope(one) for one in (*kills, alone)] == ["kill", "kill", alone]
    assert one_worker(alone) is None
