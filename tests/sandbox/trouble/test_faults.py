"""Failures by name."""

import json
from typing import Any

import pytest

from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER
from thesetd.sandbox.trouble.faults import BadFault, Fault, Faults, read_fault, shapes_of
from thesetd.sandbox.trouble.hostile import HOSTILE
from thesetd.sandbox.twins.registry import TWINS

SHAPES = {twin.name: twin.shapes for twin in TWINS}


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
    faults.inject(Fault(provider=SPOTIFY, shape="502", count=2, endpoint="album"), 0.0)
    faults.inject(Fault(provider=SPOTIFY, status=418), 0.0)
    assert faults.take(TICKETMASTER, "event", 0.0) is None
    shapes = [fault.shape for _ in range(2) if (fault := faults.take(SPOTIFY, "album", 1e9))]
    last = faults.take(SPOTIFY, "album", 1e9)
    assert shapes == ["502", "502"]
    assert last is not None
    assert last.response(SHAPES[SPOTIFY], "").status_code == 418
    assert faults.take(SPOTIFY, "album", 1e9) is None


def test_a_hint_may_be_set() -> None:
    """Retry-After is the shape's own unless another is wished for, and may be nonsense."""
    assert Fault(provider=SPOTIFY, shape="429-quota").response(SHAPES[SPOTIFY], "").headers["retry-after"] == "48925"
    wished = read_fault({"provider": "spotify", "shape": "429-quota", "retry_after": -1}, SHAPES)
    assert wished.response(SHAPES[SPOTIFY], "").headers["retry-after"] == "-1"
    assert "retry-after" not in Fault(provider=SPOTIFY, shape="429-no-header").response(SHAPES[SPOTIFY], "").headers


def test_the_quota_body_of_ticketmaster_repeats_the_key() -> None:
    """The documented body names the key, so that a client which logs bodies is caught."""
    body = bytes(Fault(provider=TICKETMASTER, shape="429-quota").response(SHAPES[TICKETMASTER], "hidden").body)
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
        {"provider": "spotify", "shape": "502", "for_s": 0},
    ],
)
def test_a_fault_that_cannot_be_had_is_refused(wish: Any) -> None:
    """A wish with a wrong provider, shape, type or key is an error that says what there is."""
    with pytest.raises(BadFault):
        read_fault(wish, SHAPES)


def test_faults_can_be_called_off() -> None:
    """After clear nothing fails."""
    faults = Faults()
    faults.inject(Fault(provider=SETLISTFM, shape="429"), 0.0)
    faults.clear()
    assert faults.take(SETLISTFM, "setlist", 0.0) is None


def test_faults_that_last() -> None:
    """A fault with a time fails every answer until then, or as many as it counts."""
    faults = Faults()
    faults.inject(Fault(provider=SPOTIFY, shape="502", for_s=10.0), 5.0)
    assert all(faults.take(SPOTIFY, "album", now) for now in (5.0, 6.0, 14.9))
    assert faults.take(SPOTIFY, "album", 15.0) is None
    faults.inject(Fault(provider=SPOTIFY, shape="502", for_s=10.0, count=1), 20.0)
    assert faults.take(SPOTIFY, "album", 20.0)
    assert faults.take(SPOTIFY, "album", 20.0) is None


def test_every_provider_can_answer_every_hostile_shape() -> None:
    """The hostile shapes are named apart from the provider's own, and there for all."""
    for provider, shapes in SHAPES.items():
        assert not shapes.keys() & HOSTILE.keys()
        assert set(HOSTILE) < set(shapes_of(shapes))
        for shape in HOSTILE:
            assert read_fault({"provider": provider, "shape": shape}, SHAPES).shape == shape
