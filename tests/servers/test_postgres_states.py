"""States that a PostgreSQL gets into under a running daemon, and what applications add to its tables."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from debian.postgres import Cluster
from debian.processes import User, server_folder, until
from exploring import sample
from opening import opened
from patience import promised
from programs import Daemon, Sandbox, StartDaemon
from server_table import Seen

pytestmark = pytest.mark.real
CREDITS = "thesetd.album_credits"


@pytest.fixture
def start(redis_server: str, sandbox: Sandbox, start_daemon: StartDaemon) -> Callable[[str], Daemon]:
    """Return a function that starts a daemon on a database."""
    return lambda dsn: start_daemon(sandbox, DATABASE_URL=dsn, REDIS_URL=redis_server)


def imported(daemon: Daemon, artist: str) -> None:
    """Import an artist to the end."""
    done = daemon.ctl("import", artist, "--follow")
    assert done.returncode == 0, done.stderr + daemon.running.log()[-2000:]


def rejects(cluster: Cluster, database: str, words: str) -> int:
    """Count the rows that were refused in these words."""
    return int(cluster.sql(f"select count(*) from thesetd.rejects where reason like '%{words}%'", database))


@pytest.mark.in_full
@pytest.mark.case(29)
@pytest.mark.case(30)
def test_what_the_application_refuses_costs_its_row(
    postgres: Cluster, start: Callable[[str], Daemon], artists: list[str], seen: Seen
) -> None:
    """A trigger, a trigger without words, a policy, a deferred constraint and a lost right: all else goes in."""
    owner = postgres.role()
    database = postgres.database(owner)
    daemon = start(postgres.dsn(owner, database))
    postgres.sql(
        """
        create function refuse() returns trigger language plpgsql as $f$
            begin if length(new.name) % 7 = 3 then raise exception 'not this song'; end if; return new; end $f$;
        create trigger refuse before insert or update on songs for each row execute function refuse();
        create function skip() returns trigger language plpgsql as $f$
            begin if extract(day from new.local_date) = 7 then return null; end if; return new; end $f$;
        create trigger skip before insert on shows for each row execute function skip();
        alter table venues enable row level security;
        alter table venues force row level security;
        create policy foreigners on venues using (true) with check (country_code is distinct from 'US');
        """,
        database,
    )
    imported(daemon, artists[0])
    songs = int(postgres.sql("select count(*) from songs", database))
    trigger = rejects(postgres, database, "not this song")
    policy = rejects(postgres, database, 'row-level security policy for table "venues"')
    skipped = rejects(postgres, database, "trigger returned null")
    assert songs > 0
    assert trigger > 0
    assert postgres.sql("select count(*) from venues where country_code = 'US'", database) == "0"
    assert postgres.sql("select count(*) > 0 from shows", database) == "t"
    seen(f"{songs} songs; rejects: {trigger} by a trigger, {policy} by a policy, {skipped} that a trigger left out")


def refusing(table: str, when: str, *, code: str = "P0001", deferred: bool = False) -> str:
    """Return a trigger as an application may have it, which refuses some rows, at once or at the commit."""
    kind = ("constraint", "after", "deferrable initially deferred") if deferred else ("", "before", "")
    name = table.rpartition(".")[2]
    return f"""
        create function refuse_{name}() returns trigger language plpgsql as $f$
            begin if {when} then raise exception 'not this row of {table}' using errcode = '{code}'; end if;
            return new; end $f$;
        create {kind[0]} trigger refuse {kind[1]} insert or update on {table} {kind[2]}
            for each row execute function refuse_{name}();
    """


@pytest.mark.case(29)
@pytest.mark.case(30)
def test_a_refusal_of_any_kind_costs_its_row_and_is_never_an_outage(
    postgres: Cluster, start: Callable[[str], Daemon], artists: list[str], seen: Seen
) -> None:
    """With an outage's or a warning's code, in C, at the commit, on a link, a status, a setlist: all else goes in."""
    owner = postgres.role()
    database = postgres.database(owner)
    daemon = start(postgres.dsn(owner, database))
    tables = {
        CREDITS: refusing(CREDITS, "hashtext(new.album_id::text) % 2 = 0", code="XX000"),
        "songs": refusing("songs", "hashtext(new.id::text) % 5 = 1", code="57014"),
        "venues": refusing("venues", "hashtext(new.id::text) % 5 = 0", code="01000"),
        "shows": refusing("shows", "hashtext(new.id::text) % 5 = 0", code="25006", deferred=True),
        "setlist_songs": refusing("setlist_songs", "hashtext(new.song_id::text) % 5 = 2"),
        "import_status": refusing("import_status", "new.progress between 20 and 60"),
    }
    in_c = """
        create extension lo;
        create trigger in_c before insert on albums for each row when (hashtext(new.id::text) % 5 = 3)
            execute function lo_manage();
    """
    skip = """
        create function skip() returns trigger language plpgsql as $f$
            begin if hashtext(new.show_id::text) % 3 = 0 then return null; end if; return new; end $f$;
        create trigger skip before insert on setlists for each row execute function skip();
    """
    postgres.sql("".join(tables.values()) + skip + in_c, database)
    imported(daemon, artists[0])
    refused = {table: rejects(postgres, database, f"not this row of {table}") for table in tables}
    assert all(refused.values()), refused
    assert rejects(postgres, database, "trigger returned null") > 0
    assert rejects(postgres, database, "in_c: no column name") > 0
    for table in (*tables, "setlists", "albums"):
        assert int(postgres.sql(f"select count(*) from {table}", database)) > 0, table
    assert daemon.get("/readyz")[0] == 200
    assert '"StoreWaited"' not in daemon.running.log()
    seen("refused with the code of an outage, of a warning, and at the commit: rejects " + str(refused)[1:-1])


@pytest.mark.in_full
@pytest.mark.case(30)
def test_a_right_that_is_lost_during_imports_is_named_and_nothing_is_retried_for_ever(
    postgres: Cluster, start: Callable[[str], Daemon], artists: list[str], seen: Seen
) -> None:
    """Imports end, with the albums as rejects; readiness has the GRANT, and after it imports complete with albums."""
    owner, role = postgres.role(), postgres.role()
    database = postgres.database(owner)
    opened(postgres.dsn(owner, database))
    own = f"set role {owner}; "
    postgres.sql(f"{own}grant usage on schema public, thesetd to {role}", database)
    postgres.sql(
        f"{own}grant select, insert, update, delete on all tables in schema public, thesetd to {role}", database
    )
    daemon = start(postgres.dsn(role, database))
    postgres.sql(f"{own}revoke update on albums from {role}", database)
    imported(daemon, artists[0])
    assert rejects(postgres, database, "permission denied for table albums") > 0
    words = f"grant select, insert, update, delete on all tables in schema public, thesetd to {role}"
    assert promised(until(lambda: words in daemon.get("/readyz")[1], "readiness names the grant"), 12)
    assert '"StoreWaited"' not in daemon.running.log()
    postgres.sql(f"{own}{words}", database)
    imported(daemon, artists[1])
    assert postgres.sql("select count(*) > 0 from albums", database) == "t"
    assert promised(until(lambda: daemon.get("/readyz")[0] == 200, "readiness is green"), 15)
    seen("a right lost during an import: it ends, albums are rejects, /readyz has the GRANT")


@pytest.mark.case(26)
def test_a_server_that_is_read_only_for_a_while_is_seen_and_waited_for(
    new_postgres: Callable[..., Cluster], start: Callable[[str], Daemon], artists: list[str], seen: Seen
) -> None:
    """Readiness is red within 10 s, in the server's words, and green again by itself; what was asked for is done."""
    cluster = new_postgres()
    owner = cluster.role()
    database = cluster.database(owner)
    daemon = start(cluster.dsn(owner, database))
    cluster.configure({"default_transaction_read_only": "on"})
    words = "takes no writes: cannot execute UPDATE in a read-only transaction"
    red = until(lambda: words in daemon.get("/readyz")[1], "readiness is red")
    assert promised(red, 10)
    assert daemon.get("/readyz")[0] == 503
    refused = daemon.ctl("import", artists[1], "--wait", "0")
    assert (refused.returncode, refused.stderr) == (
        1,
        "thesetctl: the database is unavailable, read-only or overloaded: try again in a few seconds\n",
    )
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(imported, daemon, artists[0])
        time.sleep(1)
        cluster.configure({"default_transaction_read_only": "off"})
        green = until(lambda: daemon.get("/readyz")[0] == 200, "readiness is green")
        assert promised(green, 15)
        asked.result()
    done = "select count(*) from import_status where status = 'completed'"
    assert promised(until(lambda: cluster.sql(done, database) == "2", "what was asked for meanwhile is done"), 10)
    seen(f"red after {red:.1f} s, green {green:.1f} s after its end; both imports asked for meanwhile are done")


@pytest.mark.in_full
@pytest.mark.case(32)
def test_an_import_survives_three_restarts(
    new_postgres: Callable[..., Cluster], start: Callable[[str], Daemon], artists: list[str], seen: Seen
) -> None:
    """All imports are done 10 s after the last restart (`make prove-servers`), in one life of the daemon."""
    cluster = new_postgres()
    owner = cluster.role()
    database = cluster.database(owner)
    daemon = start(cluster.dsn(owner, database))
    for artist in artists[:3]:
        assert daemon.ctl("import", artist).returncode == 0
        cluster.stop()
        cluster.start()
        assert promised(until(lambda: daemon.get("/readyz")[0] == 200, "readiness is green"), 15)
    done = "select count(*) from import_status where status = 'completed'"
    took = until(lambda: cluster.sql(done, database) == "3", "three imports are complete")
    assert promised(took, 10)
    assert daemon.running.process.poll() is None
    seen(f"three imports are complete {took:.1f} s after the last restart")


@pytest.mark.in_full
@pytest.mark.case(8)
def test_a_promoted_standby_is_followed(
    new_postgres: Callable[..., Cluster], start: Callable[[str], Daemon], artists: list[str], seen: Seen
) -> None:
    """The address lists the standby first; once that is promoted and the primary is gone all goes on there in 10 s."""
    primary, user = new_postgres(), User.of("postgres")
    with ExitStack() as stack:
        hba = primary.data / "pg_hba.conf"
        hba.write_text(hba.read_text() + "local replication all trust\n")
        primary.configure({})
        standby = Cluster(folder=stack.enter_context(server_folder(user)), user=user)
        standby.follow(primary)
        standby.start()
        stack.callback(standby.stop)
        owner = primary.role()
        database = primary.database(owner)
        both = f"127.0.0.1:{standby.port},127.0.0.1:{primary.port}"
        dsn = primary.dsn(owner, database, "target_session_attrs=primary")
        daemon = start(dsn.replace(f"127.0.0.1:{primary.port}", both))
        imported(daemon, artists[0])
        until(
            lambda: standby.sql("select count(*) from import_status where status = 'completed'", database) == "1",
            "replay",
        )
        primary.stop()
        standby.sql("select pg_promote()")
        began = time.monotonic()
        imported(daemon, artists[1])
        assert promised(until(lambda: daemon.get("/readyz")[0] == 200, "readiness is green"), 15)
        took = time.monotonic() - began
        assert promised(took, 10)
        assert standby.sql("select count(*) from import_status where status = 'completed'", database) == "2"
        assert (
            standby.sql("select count(*) = count(distinct seq) and count(*) = max(seq) from thesetd.events", database)
            == "t"
        )
    seen(f"starts on the primary; on the promoted standby the next import is complete after {took:.1f} s")


@pytest.mark.case(30)
@pytest.mark.parametrize("lost", sample(["update on thesetd.jobs", "select on thesetd.schedules"], 2))
def test_a_right_on_the_daemons_own_tables_that_is_lost_is_waited_for(
    postgres: Cluster, start: Callable[[str], Daemon], artists: list[str], seen: Seen, lost: str
) -> None:
    """Readiness has the GRANT; the daemon lives, and goes on by itself when the right is given back."""
    owner, role = postgres.role(), postgres.role()
    database = postgres.database(owner)
    opened(postgres.dsn(owner, database))
    own = f"set role {owner}; "
    grant = f"{own}grant select, insert, update, delete on all tables in schema public, thesetd to {role}"
    postgres.sql(f"{own}grant usage on schema public, thesetd to {role}; {grant}", database)
    daemon = start(postgres.dsn(role, database))
    postgres.sql(f"{own}revoke {lost} from {role}", database)
    words = f"permission denied for table {lost.rpartition(' ')[2]}"
    assert promised(until(lambda: words in daemon.get("/readyz")[1], "readiness names it"), 10)
    daemon.ctl("import", artists[3], "--wait", "1")
    threading.Event().wait(10.0)  # an actor that crashes would have given up by now
    assert daemon.running.process.poll() is None, daemon.running.log()[-2000:]
    assert '"ActorCrashed"' not in daemon.running.log()
    postgres.sql(grant, database)
    green = until(lambda: daemon.get("/readyz")[0] == 200, "readiness is green")
    assert promised(green, 15)
    imported(daemon, artists[3])
    seen(f"revoke {lost}: red with the GRANT, no crash; given back: green after {green:.1f} s, an import")
