"""What the tests of all providers share: how a recorded body may go wrong."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

Mutated = Callable[[st.DataObject, Any], Any]

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


@pytest.fixture(scope="session")
def arbitrary_json() -> st.SearchStrategy[Any]:
    """Return a strategy for any JSON value."""
    return JSON


@pytest.fixture(scope="session")
def mutated() -> Mutated:
    """Return a function that draws a copy of a body in which one to four values are replaced or taken away."""

    def mutate(data: st.DataObject, body: Any) -> Any:
        body = copy.deepcopy(body)
        for _ in range(data.draw(st.integers(1, 4))):
            _mutate_once(data, body)
        return body

    return mutate


def _mutate_once(data: st.DataObject, node: Any) -> None:
    while node:
        key = data.draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        if isinstance(node[key], dict | list) and node[key] and data.draw(st.integers(0, 4)):
            node = node[key]
        elif data.draw(st.booleans()):
            node[key] = data.draw(JSON)
            return
        else:
            del node[key]
            return
