import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.providers.lenient import json_key, lenient_converter, read_all, read_or_none, structured
from thesetd.domain.errors import BadPayload
from thesetd.domain.ids import SPOTIFY

CONVERTER = lenient_converter()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@attrs.frozen(kw_only=True)
class Place:
    """A wire class with one essential field."""

    city: str
    score: float | None = None


@attrs.frozen(kw_only=True)
class Thing:
    """A wire class with a field of every kind."""

    id: str
    count: int = 0
    ratio: float | None = None
    flag: bool | None = None
    place: Place | None = None
    places: tuple[Place, ...] = ()
    tags: list[str] = attrs.field(factory=list)
    links: dict[str, str] = attrs.field(factory=dict)
    version: str | None = attrs.field(default=None, metadata=json_key("@version"))


def thing(**values: object) -> Thing:
    """Read a thing with these values."""
    return structured(CONVERTER, SPOTIFY, {"id": "x", **values}, Thing)


@pytest.mark.parametrize(
    ("given_value", "count"),
    [
        (2, 2),
        (2.0, 2),
        ("2", 2),
        ("2.0", 2),
        (2.5, 0),
        (True, 0),
        ("two", 0),
        (None, 0),
        (1 << 63, 0),
        ("1e999", 0),
        ([], 0),
    ],
)
def test_integers(given_value: object, count: int):
    """Integral floats and numeric strings are integers of 64 bits; everything else gives way to the default."""
    assert thing(count=given_value).count == count


@pytest.mark.parametrize(
    ("given_value", "ratio"),
    [
        (1, 1.0),
        (1.5, 1.5),
        ("1.5", 1.5),
        (float("nan"), None),
        ("inf", None),
        (False, None),
        ({}, None),
        (10**400, None),
    ],
)
def test_floats(given_value: object, ratio: float | None):
    """Integers and numeric strings are numbers; truth values, NaN and infinities are none."""
    assert thing(ratio=given_value).ratio == ratio


@pytest.mark.parametrize(
    ("given_value", "flag"), [(True, True), (False, False), (1, None), ("true", None), (None, None)]
)
def test_truth_values_are_strict(given_value: object, flag: object):
    """Only true and false are truth values."""
    assert thing(flag=given_value).flag is flag


def test_lists_drop_what_cannot_be_used():
    """Null items and items without an essential field disappear, the others stay in order; no list is an empty one."""
    assert thing(places=[None, {"city": "A"}, {"score": 1}, 7, {"city": "B", "more": 1}]).places == (
        Place(city="A"),
        Place(city="B"),
    )
    assert thing(places=None).places == thing(places="A").places == ()
    assert thing(tags=["a", None, 1, "b"]).tags == ["a", "b"]


def test_mappings_drop_what_cannot_be_used():
    """Values of another type disappear from an object read as a mapping."""
    assert thing(links={"a": "b", "c": 1, "d": None}).links == {"a": "b"}


def test_nested_objects_fall_back_as_a_whole():
    """An object without its essential field is replaced by the default of the field that holds it."""
    assert thing(place={"score": 2}).place is None
    assert thing(place={"city": "A", "score": "no"}).place == Place(city="A")


def test_keys_that_python_cannot_spell():
    """A field reads the key that its metadata names."""
    assert thing(**{"@version": "2"}).version == "2"


@pytest.mark.parametrize("value", [None, [], "x", {}, {"id": None}, {"id": 7}])
def test_essential_fields(value: object):
    """An object without an essential field raises BadPayload with a sample, or is None where that was asked for."""
    with pytest.raises(BadPayload) as caught:
        structured(CONVERTER, SPOTIFY, value, Thing)
    assert caught.value.sample
    assert read_or_none(CONVERTER, value, Thing) is None


@given(json_values)
def test_nothing_but_bad_payload(value: object):
    """Whatever JSON comes, reading it gives a value or BadPayload."""
    assert isinstance(read_all(CONVERTER, value, Thing), tuple)
    assert isinstance(read_or_none(CONVERTER, value, Thing), Thing | None)
    if isinstance(value, dict):
        assert isinstance(structured(CONVERTER, SPOTIFY, {"id": "x", "places": value, "place": value}, Thing), Thing)
