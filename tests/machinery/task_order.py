"""The order in which trio runs tasks is the same in each run of a test.

Trio shuffles the tasks that are runnable together, so a test that depends on their order fails now and then, and for
somebody who changed nothing. Here the name of the test decides, together with `THESETD_ORDER`: such a test fails each
time or passes each time. Other orders are explored together with examples (`THESETD_EXPLORE=1`), and by
`make prove-orders`; a failure says how to repeat it. In tests with threads or servers the machine has its part in the
order.
"""

import os
import random
from collections.abc import Generator
from typing import Any

import pytest
from trio._core import _run as trio_run

from exploring import EXPLORE
from simulation import scheduling

ORDER = os.environ.get("THESETD_ORDER") or (f"{random.SystemRandom().getrandbits(32)}" if EXPLORE else "0")


def choose_order(test: str, order: str) -> None:
    """Make trio's order of tasks follow from these two from now on."""
    scheduling.check()
    trio_run._r.seed(f"{order} {test}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Choose the order of a test."""
    choose_order(item.nodeid, ORDER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Say how to repeat a failure."""
    report = yield
    if report.failed:
        report.sections.append(("order of tasks", f"repeat with THESETD_ORDER={ORDER} pytest '{item.nodeid}'"))
    return report
