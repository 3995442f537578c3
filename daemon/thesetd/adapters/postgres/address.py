"""Where the database is, in words that may be shown: never the password."""

from urllib.parse import parse_qs, unquote, urlsplit

from thesetd.domain.errors import ConfigError

_DEFAULT_PORT = 5432


def describe(dsn: str) -> str:
    """Say host, port, database and user of a connection address.

    Raises:
        ConfigError: it is no address of a PostgreSQL database.
    """
    try:
        parts = urlsplit(dsn)
        query = parse_qs(parts.query)
        port = parts.port
    except ValueError:
        raise malformed() from None
    if parts.scheme not in {"postgresql", "postgres"}:
        raise malformed()

    def named(key: str, in_address: str | None, default: str) -> str:
        return query.get(key, [""])[-1] or unquote(in_address or "") or default

    host = named("host", parts.hostname, "the local socket")
    database = named("dbname", parts.path.strip("/"), "of the user's name")
    user = named("user", parts.username, "of this process")
    return f"host {host}, port {named('port', str(port or ''), str(_DEFAULT_PORT))}, database {database}, user {user}"


def malformed() -> ConfigError:
    """Make the error for an address that cannot be read; it does not repeat the address, which may hold a password."""
    return ConfigError(["database.dsn: not of the form postgresql://user:password@host:port/database"])
