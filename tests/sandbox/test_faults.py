"""Failures by name."""

import json
from typing import Any

import pytest

from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER
from thesetd.sandbox.faults import SHAPES, BadFault, Fault, Faults, read_fault


def test_every_shape_has_the_status_of_its_name() -> None:
    """A shape's name begins with its status, and a JSON shape holds JSON."""
    for shapes in SHAPES.values():
        for name, shape in shapes.items():
            response = shape.response()
            assert response.status_code == int(name[:3])
            if shape.media_type == "application/json" and shape.body:
                assert isinstance(json.loads(bytes(response.body)), dict)


def test_faults_come_in_order_and_as_often_as_wished() -> None:
    """A fault serves its provider and endpoint only, `count` times, then the next one."""
    faults = Faults()
    faults.inject(Fault(provider=SPOTIFY, shape="502", count=2, endpoint="album"))
    faults.inject(Fault(provider=SPOTIFY, status=418))
    assert faults.take(TICKETMASTER, "event") is None
    shapes = [fault.shape for _ in range(2) if (fault := faults.take(SPOTIFY, "album"))]
    last = faults.take(SPOTIFY, "album")
    assert shapes == ["502", "502"]
    assert last is not None
    assert last.response("").status_code == 418
    assert faults.take(SPOTIFY, "album") is None


def test_a_hint_may_be_set() -> None:
    """Retry-After is the shape's own unless another is wished for, and may be nonsense."""
    assert Fault(provider=SPOTIFY, shape="429-quota").response("").headers["retry-after"] == "48925"
    wished = read_fault({"provider": "spotify", "shape": "429-quota", "retry_after": -1})
    assert wished.response("").headers["retry-after"] == "-1"
    assert "retry-after" not in Fault(provider=SPOTIFY, shape="429-no-header").response("").headers


def test_the_quota_body_of_ticketmaster_repeats_the_key() -> None:
    """The documented body names the key, so that a client which logs bodies is caught."""
    body = bytes(Fault(provider=TICKETMASTER, shape="429-quota").response("hidden").body)
    assert b"Identifier : hidden" in body


@pytest.mark.parametrize(
    "wish",
    [
        [],
        {},
        {"provider": "deezer", "status": 500},
        {"provider": "spotify"},
        {"provider": "spotify", "shape": "418-teapot"},
        {"provider": "spotify", "shape": "502", "status": 502},
        {"provider": "spotify", "shape": "502", "count": 0},
        {"provider": "spotify", "shape": "502", "count": "two"},
        {"provider": "spotify", "shape": "502", "sometimes": True},
        {"provider": "spotify", "shape": "slow", "delay_s": "long"},
    ],
)
def test_a_fault_that_cannot_be_had_is_refused(wish: Any) -> None:
    """A wish with a wrong provider, shape, type or key is an error that says what there is."""
    with pytest.raises(BadFault):
        read_fault(wish)


def test_faults_can_be_called_off() -> None:
    """After clear nothing fails."""
    faults = Faults()
    faults.inject(Fault(provider=SETLISTFM, shape="429"))
    faults.clear()
    assert faults.take(SETLISTFM, "setlist") is None
