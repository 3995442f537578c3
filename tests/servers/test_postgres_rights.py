"""Roles with few rights, databases with few connections, odd encodings, poolers: as operators have them."""

import re
from pathlib import Path

import pytest

from debian.pgbouncer import pgbouncer
from debian.postgres import PASSWORD, Cluster
from debian.processes import until
from exploring import sample
from opening import opened, refused
from patience import promised
from programs import Sandbox, StartDaemon, thesetd
from server_table import Seen

pytestmark = pytest.mark.real

README = Path(__file__).parents[2] / "README.md"


def grants(role: str, database: str, owner: str) -> list[str]:
    """Return the statements that README prints, for this role and database."""
    block = re.search(r"```sql\n(.*?)```", README.read_text(), re.DOTALL)
    assert block is not None, "README has no block of sql"
    text = re.sub(r"--.*", "", block[1])
    statements = [" ".join(part.split()) for part in text.split(";") if part.strip()]
    names = {"thesetd_owner": owner, "thesetd_run": role, "theset_web": f"{role}_web", "theset": database}
    return [re.sub(r"\b(thesetd_owner|thesetd_run|theset_web|theset)\b", lambda m: names[m[0]], s) for s in statements]


@pytest.mark.case(24)
@pytest.mark.case(25)
def test_each_missing_grant_is_named_until_the_daemon_starts(
    postgres: Cluster,
    redis_server: str,
    sandbox: Sandbox,
    artists: list[str],
    start_daemon: StartDaemon,
    folder: Path,
    seen: Seen,
) -> None:
    """A new role is refused by a line with the grant it lacks, and README's lines let it run."""
    owner, role = postgres.role(), postgres.role()
    database = postgres.database(owner)
    postgres.sql(f"create role {role}_web login password '{PASSWORD}'")
    postgres.sql("revoke all on schema public from public", database)
    line = refused(postgres.dsn(role, database))
    assert "permission denied" in line
    assert f"run `thesetd migrate` as {owner}" in line
    done = thesetd(folder, "migrate", DATABASE_URL=postgres.dsn(owner, database))
    assert done.returncode == 0, done.stderr
    for statement in (s for s in grants(role, database, owner) if s.startswith(("grant", "alter default"))):
        if not statement.endswith("_web") and statement.startswith("grant") and " on database" not in statement:
            line = refused(postgres.dsn(role, database))
            assert statement in line, line
        postgres.sql(f"set role {owner}; {statement}", database)
    daemon = start_daemon(sandbox, DATABASE_URL=postgres.dsn(role, database), REDIS_URL=redis_server)
    done = daemon.ctl("import", artists[0], "--follow")
    assert done.returncode == 0, done.stderr
    assert daemon.get("/readyz")[0] == 200
    assert postgres.sql(f"set role {role}_web; select count(*) > 0 from songs", database) == "t"
    with pytest.raises(AssertionError, match="permission denied"):
        postgres.sql(f"set role {role}_web; delete from songs", database)
    postgres.sql(f"revoke update on albums from {role}", database)
    words = "permission denied for table public.albums"
    assert promised(until(lambda: words in daemon.get("/readyz")[1], "the lost right is told"), 12)
    assert daemon.get("/readyz")[0] == 503
    seen("each refusal names its GRANT; with README's lines an import completes; a lost right stands in /readyz")


@pytest.mark.case(31)
@pytest.mark.parametrize("encoding", ["UTF8", "SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_the_text_is_refused(postgres: Cluster, encoding: str, seen: Seen) -> None:
    """LATIN1 at the start; bytes of SQL_ASCII are as good as UTF8."""
    owner = postgres.role()
    options = f"encoding '{encoding}' lc_collate 'C' lc_ctype 'C' template template0"
    dsn = postgres.dsn(owner, postgres.database(owner, options))
    if encoding == "LATIN1":
        line = refused(dsn)
        assert "encoding LATIN1 cannot hold all names" in line
        seen(f"LATIN1: {line}")
    else:
        opened(dsn)
        seen(f"{encoding}: works")


@pytest.mark.case(27)
def test_few_connections_are_shared_or_counted(postgres: Cluster, seen: Seen) -> None:
    """Three are enough; where there is no room for as many as are wanted the line says how many there are."""
    owner = postgres.role()
    database = postgres.database(owner)
    opened(postgres.dsn(owner, database))
    postgres.sql(f"alter role {owner} connection limit 3")
    opened(postgres.dsn(owner, database))
    line = refused(postgres.dsn(owner, database), connections=5)
    assert "5 connections are needed, the role's connection limit is 3" in line
    postgres.sql(f"alter role {owner} connection limit 2")
    line = refused(postgres.dsn(owner, database))
    assert "3 connections are needed, the role's connection limit is 2" in line
    seen(f"a limit of 3: works; of 2: {line}")


@pytest.mark.case(28)
@pytest.mark.parametrize("mode", sample(["transaction, with session_dsn", "transaction", "session"], 3))
def test_pgbouncer_is_worked_through(
    postgres: Cluster,
    redis_server: str,
    sandbox: Sandbox,
    artists: list[str],
    start_daemon: StartDaemon,
    folder: Path,
    mode: str,
    seen: Seen,
) -> None:
    """Debian's own configuration in each mode: imports complete, a second daemon of the name is refused."""
    owner = postgres.role()
    database = postgres.database(owner)
    with pgbouncer(postgres, owner, pool_mode=mode.partition(",")[0]) as port:
        direct = postgres.dsn(owner, database)
        keys = {"DATABASE_URL": direct.replace(f":{postgres.port}/", f":{port}/"), "REDIS_URL": redis_server}
        keys["THESETD_NODE__NAME"] = "pooled"
        if "session_dsn" in mode:
            keys["THESETD_DATABASE__SESSION_DSN"] = direct
        daemon = start_daemon(sandbox, **keys)
        for artist in artists[:2]:
            done = daemon.ctl("import", artist, "--follow")
            assert done.returncode == 0, done.stderr
        assert daemon.get("/readyz")[0] == 200
        assert "prepared statement" not in daemon.running.log()
        second = thesetd(
            folder, "run", "--state-dir", str(folder / "second"), THESETD_HTTP__LISTEN="127.0.0.1:0", **keys
        )
        assert (second.returncode, second.stderr.count("another thesetd runs as node 'pooled'")) == (78, 1)
        if "session_dsn" in mode:
            keys["THESETD_DATABASE__SESSION_DSN"] = keys["DATABASE_URL"]
            keys["THESETD_NODE__NAME"] = "other"
            wrong = thesetd(
                folder, "run", "--state-dir", str(folder / "second"), THESETD_HTTP__LISTEN="127.0.0.1:0", **keys
            )
            assert wrong.returncode == 78
            assert "pooler of transactions" in wrong.stderr
    seen(f"{mode}: two imports; a second daemon of the name is refused with 78")


@pytest.mark.case(28)
def test_what_a_pooler_can_never_do_is_refused(postgres: Cluster, seen: Seen) -> None:
    """Pooling of single statements, a wrong password, no such database: 78, though its codes are those of an outage."""
    owner = postgres.role()
    database = postgres.database(owner)
    for place in ("dsn", "session_dsn"):
        with pgbouncer(postgres, owner, pool_mode="statement") as port:
            direct = postgres.dsn(owner, database)
            pooled = direct.replace(f":{postgres.port}/", f":{port}/")
            line = refused(pooled) if place == "dsn" else refused(direct, session_dsn=pooled)
            assert line.startswith(f"database.{place}: a pooler of statements (pool_mode) answers")
    with pgbouncer(postgres, owner, pool_mode="transaction") as port:
        wrong = {
            "password authentication failed": f"{owner}:wrong@127.0.0.1:{port}/{database}",
            "does not exist": f"{owner}:{PASSWORD}@127.0.0.1:{port}/nowhere",
        }
        for words, place in wrong.items():
            assert words in refused(f"postgresql://{place}")
    seen("pool_mode = statement: refused with 78 and its name; a wrong password or database as well")
