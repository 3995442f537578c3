"""What adoption does with a column or a key, without a database."""

import pytest

from thesetd.adapters.postgres.adoption.differences import Difference, difference
from thesetd.adapters.postgres.adoption.shapes import Column, TableShape, UniqueKey


def column(name: str, kind: str, *, required: bool = False, default: str | None = None, enum: bool = False) -> Column:
    """Return a column."""
    return Column(
        name=name,
        type=kind,
        is_enum=enum,
        required=required,
        generated=False,
        identity=False,
        default=default,
        words=None,
        collation=None,
    )


def key(*columns: str, primary: bool = False, deferrable: bool = False, used_by: str | None = None) -> UniqueKey:
    """Return a unique index without a constraint."""
    return UniqueKey(
        name="index",
        constraint=None,
        primary=primary,
        whole=True,
        deferrable=deferrable,
        columns=frozenset(columns),
        used_by=used_by,
    )


ID = column("id", "uuid", required=True)


def shape(*columns: Column, name: str = "shows", keys: tuple[UniqueKey, ...] = ()) -> TableShape:
    """Return a table with an id."""
    named = {one.name: one for one in (ID, *columns)}
    return TableShape(name=name, columns=named, keys=(key("id", primary=True), *keys), constraints=())


def compared(theirs: TableShape, ours: TableShape) -> Difference:
    """Compare them."""
    return difference(theirs, ours, "public")


@pytest.mark.parametrize(
    ("theirs", "ours", "using"),
    [
        ("timestamp(3) without time zone", "timestamp with time zone", "::timestamp at time zone 'UTC'"),
        ("numeric(9,6)", "double precision", "::double precision"),
        ("character varying(255)", "text", "::text"),
        ("character varying(36)", "uuid", "::uuid"),
        ("integer", "bigint", ""),
        ("text", "text", ""),
    ],
)
def test_types_that_can_become_ours(theirs: str, ours: str, using: str) -> None:
    """A length, also in the middle of a type, does not count; whole numbers keep the width that drivers know."""
    found = compared(shape(column("fact", theirs)), shape(column("fact", ours)))
    assert found.refused == []
    assert found.alter == ([f'alter column "fact" type {ours} using "fact"{using}'] if using else [])


def test_a_type_that_cannot_is_refused() -> None:
    """The line names table, column, both types, and what to do."""
    found = compared(shape(column("tour", "bytea")), shape(column("tour", "text")))
    assert found.refused == ["shows.tour: bytea cannot become text: convert it, or rename it"]


def test_keys() -> None:
    """One that rows of the catalogue could break goes, unless something refers to it; others stay."""
    ours = shape(column("spotify_id", "text"), column("slug", "text"), column("artist_id", "uuid"))
    theirs = shape(column("spotifyId", "text"), column("slug", "text"), column("own", "text"))
    for kept in (key("slug"), key("own"), key("id", "spotifyId"), key("spotifyId", "own")):
        assert compared(shape(*theirs.columns.values(), keys=(kept,)), ours).drops == []
    gone = compared(shape(*theirs.columns.values(), keys=(key("spotifyId"),)), ours)
    assert gone.lines[-1] == "(spotifyId) is unique no longer"
    used = compared(shape(*theirs.columns.values(), keys=(key("spotifyId", used_by="votes (fkey)"),)), ours)
    assert used.refused == [
        (
            "shows.(spotifyId): is not a key of the catalogue, but votes (fkey) refers to it: "
            "refer to the catalogue's own key instead"
        )
    ]
