"""PostgreSQL as Debian packages it, in the ways that operators have it."""

import pytest

from debian.postgres import Cluster
from programs import Sandbox, StartDaemon
from server_table import Seen

pytestmark = pytest.mark.real


@pytest.mark.case(5)
def test_words_that_mean_something_are_honoured(
    postgres: Cluster, redis_server: str, sandbox: Sandbox, artists: list[str], start_daemon: StartDaemon, seen: Seen
) -> None:
    """A daemon on Debian's PostgreSQL starts, works, and carries the name that the address gives it."""
    owner = postgres.role()
    database = postgres.database(owner)
    words = "application_name=theset&options=-c%20statement_timeout%3D9000&target_session_attrs=any"
    daemon = start_daemon(sandbox, DATABASE_URL=postgres.dsn(owner, database, words), REDIS_URL=redis_server)
    done = daemon.ctl("import", artists[0], "--follow")
    assert done.returncode == 0, done.stderr
    songs = postgres.sql("select count(*) from songs", database)
    assert int(songs) > 0
    seen(f"starts; {songs} songs")
