import resource

import pytest

from thesetd.adapters.web.listener.doors import PLACES
from thesetd.adapters.web.listener.serve import CONNECTIONS
from thesetd.app.life import open_files
from thesetd.app.life.open_files import connections_that_fit, streams_within
from thesetd.ports.surface.endpoints import PlaceKind

ENDLESS = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("soft", "hard", "raised", "connections", "streams"),
    [
        (1024, 524_288, 8192, CONNECTIONS, PLACES[PlaceKind.STREAM]),
        (20_000, 20_000, None, CONNECTIONS, PLACES[PlaceKind.STREAM]),
        (1024, 4096, 4096, CONNECTIONS, PLACES[PlaceKind.STREAM]),
        (1024, 1024, 1024, 256, 128),
        (256, 256, 256, 64, 32),
        (1024, ENDLESS, 8192, CONNECTIONS, PLACES[PlaceKind.STREAM]),
        (ENDLESS, ENDLESS, None, CONNECTIONS, PLACES[PlaceKind.STREAM]),
    ],
)
def test_limits(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised: int | None, connections: int, streams: int
) -> None:
    """A low soft limit is raised; under a low hard one there are fewer connections, and half of them are no streams."""
    set_to: list[tuple[int, int]] = []
    monkeypatch.setattr(open_files.resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(open_files.resource, "setrlimit", lambda _, limits: set_to.append(limits))
    assert connections_that_fit(2) == connections
    assert streams_within(connections) == streams
    assert set_to == ([] if raised is None else [(raised, hard)])
