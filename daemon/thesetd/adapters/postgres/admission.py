"""Checks whether a database can serve the daemon: its encoding holds any text, and it allows enough connections."""

import attrs

from thesetd.adapters.postgres.connection.connect import Connection
from thesetd.domain.errors import ConfigError, StoreUnavailable

ENCODINGS = frozenset({"UTF8", "SQL_ASCII"})  # the second stores bytes unchanged, and ours are UTF-8

_LOOK = """
with others as (
    select datname, usename from pg_stat_activity  -- which hides the type of other roles' backends
    where usename is not null and coalesce(backend_type, 'client backend') = 'client backend'
        and pid <> pg_backend_pid()
)
select pg_encoding_to_char(d.encoding) as encoding, r.rolsuper as is_super,
    r.rolconnlimit as of_role, d.datconnlimit as of_database,
    current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
        - coalesce(current_setting('reserved_connections', true)::integer, 0) as of_server,
    (select count(*) from others where usename = current_user) as used_of_role,
    (select count(*) from others where datname = current_database()) as used_of_database,
    (select count(*) from others) as used_of_server
from pg_database d cross join pg_roles r
where d.datname = current_database() and r.rolname = current_user
"""


@attrs.frozen(kw_only=True)
class Room:
    """How many connections one rule allows, and how many of them others use."""

    rule: str
    limit: int
    used: int

    @property
    def free(self) -> int:
        """Return how many are left."""
        return self.limit - self.used


async def look(connection: Connection) -> tuple[str, Room]:
    """Return the database's encoding, and the rule that leaves the least room."""
    row = await connection.fetchrow(_LOOK)
    assert row is not None
    names = {"of_role": "the role's connection limit", "of_database": "the database's connection limit"}
    limits = {"of_server": "max_connections"} if row["is_super"] else {**names, "of_server": "max_connections"}
    rooms = [Room(rule=name, limit=row[key], used=row[f"used_{key}"]) for key, name in limits.items() if row[key] >= 0]
    return row["encoding"], min(rooms, key=lambda room: room.free)


def check_encoding(encoding: str) -> None:
    """Check that the database can hold any text.

    Raises:
        ConfigError: it cannot.
    """
    if encoding not in ENCODINGS:
        raise ConfigError(
            [f"database.dsn: the database's encoding {encoding} cannot hold all names: create one with encoding 'UTF8'"]
        )


def connections_within(room: Room, wanted: int | None, *, usual: int, least: int) -> int:
    """Return how many connections to use: as many as wanted, or else the usual number or what there is room for.

    Raises:
        ConfigError: the rule never allows enough.
        StoreUnavailable: others use too many at the moment.
    """
    needed = wanted or least
    if room.free >= needed:
        return wanted or min(usual, room.free)
    text = f"{needed} connections are needed, {room.rule} is {room.limit}"
    if room.limit < needed:
        advice = "" if needed == least else f", or set database.connections (at least {least})"
        raise ConfigError([f"database.connections: {text}: raise it{advice}"])
    raise StoreUnavailable(f"{text}, and others use {room.used}")
