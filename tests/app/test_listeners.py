"""What the listeners of one daemon share."""

from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from thesetd.app.configuration.config import Config
from thesetd.app.listeners import Listeners

Unused: Any = None


class Told:
    """A daemon that the listeners only hand on."""

    operator = None


def test_one_glance_is_taken_for_all_listeners() -> None:
    """The page and the socket show the same, which is gathered once; a daemon that is built anew is looked at anew."""
    config = Config(state_dir=Path("s"))
    listeners = Listeners(
        config, Path("s"), CollectorRegistry(), Unused, Unused, reloader=Unused, surveyor=Unused, tap=Unused
    )
    one: Any = Told()
    other: Any = Told()
    glances = listeners._glances(one)
    assert listeners._glances(one) is glances
    assert listeners._glances(other) is not glances
