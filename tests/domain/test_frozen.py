"""Rows of which an import makes thousands, next to objects that guard themselves."""

import attrs

from thesetd.domain.frozen import frozen_row


def test_a_row_is_as_a_frozen_object_but_for_its_guard() -> None:
    """It has slots, an equal one has the same hash, and a changed copy leaves it as it is."""

    @frozen_row(kw_only=True)
    class Row:
        name: str
        place: int = 1

    row = Row(name="a")
    assert (row, hash(row)) == (Row(name="a", place=1), hash(Row(name="a")))
    assert (attrs.evolve(row, place=2), row) == (Row(name="a", place=2), Row(name="a"))
    assert not hasattr(row, "__dict__")
