"""Addresses in every form that consoles, libraries and people write them."""

import re
from urllib.parse import quote

import hypothesis
import hypothesis.strategies as st
import pytest

from thesetd.adapters.postgres.connection.address import Address, Host, parse
from thesetd.domain.errors import ConfigError

SECRET = "hush"


def refusal(text: str) -> str:
    """Return the one line that an address is refused with."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    (line,) = caught.value.faults
    assert line.startswith("database.dsn: ")
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:hush@h/d",
        "postgres://u:hush@h/d",
        "POSTGRESQL://u:hush@h:5432/d",
        "postgresql+psycopg2://u:hush@h/d",
        "postgresql+asyncpg://u:hush@h/d",
        "postgis://u:hush@h/d",
        '"postgresql://u:hush@h/d"',
        "'postgresql://u:hush@h/d'\n",
        "\ufeffpostgresql://u:hush@h/d\u200b \r\n",
        "\u201cpostgresql://u:hush@h/d\u201d",
        "DATABASE_URL=postgresql://u:hush@h/d",
        'export DATABASE_URL="postgresql://u:hush@h/d"',
        "psql 'postgresql://u:hush@h/d'",
        "postgresql://h/d?user=u&password=hush",
        "postgresql://u:wrong@h/d?password=hush",
        "jdbc:postgresql://h:5432/d?user=u&password=hush",
        "host=h dbname=d user=u password=hush",
        "host = h port='5432' dbname=d user=u password='hush'",
        "Host=h;Port=5432;Database=d;Username=u;Password=hush",
        "Server=h;Database=d;User Id=u;Password='hush';",
        'Server=h;Database=d;User Id=u;Password="hush"',
        "DATABASE_URL: postgresql://u:hush@h/d",
        '"DATABASE_URL": "postgresql://u:hush@h/d",',
        "host=h dbname=d user=u password='hush';",
    ],
)
def test_every_form_is_the_same_address(text: str) -> None:
    """Schemes of drivers, wrappings of shells and editors, libpq's words and ADO.NET's all name one database."""
    found = parse(text)
    assert (found.hosts, found.database, found.user, found.password) == ((Host("h", 5432),), "d", "u", "hush")
    assert str(found) == "host h, port 5432, database d, user u"
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("written", "password"),
    [
        ("p%40ss%2Fw", "p@ss/w"),
        ("a%20b", "a b"),
        ("p@ss", "p@ss"),
        ("p:q", "p:q"),
        ("p#q", "p#q"),
        ("a b", "a b"),
        ("a+b", "a+b"),
        ("[x", "[x"),
        ("%C3%A9", "é"),
        ("é", "é"),
    ],
)
def test_a_password_that_can_be_read_is(written: str, password: str) -> None:
    """Encoded, or raw where no other reading is possible."""
    assert parse(f"postgresql://u:{written}@h:1/d").password == password


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ('Host=h;Password="a;b";Username=u', "a;b"),
        ("Host=h;Password='a;b=c';Username=u", "a;b=c"),
        ("Host=h;Password='it''s';Username=u", "it's"),
        ('Host=h;Password="a""b";Username=u', 'a"b'),
        ("Host=h;Password=a=b==;Username=u", "a=b=="),
        ("host=h user=u password='a;b=c'", "a;b=c"),
        (r"host=h user=u password='it\'s'", "it's"),
    ],
)
def test_a_password_among_words_is_read_by_their_rules(text: str, password: str) -> None:
    """ADO.NET doubles quotes and ends a value at a semicolon, libpq uses backslashes and blanks."""
    assert parse(text).password == password


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:hush@h..x/d",
        "postgresql://u:hush@" + "a" * 64 + "/d",
        "host=h..x user=u password=hush",
        "postgresql://u:${HUSH}@h/d",
        "postgresql://${HUSH}:x@h/d",
        "postgresql://u:x@${HUSH}/d",
        "postgresql://u:x@h/${HUSH}",
        "Host=h;Password=hush;rest;Username=u",
        'Host=h;Password=hu"sh;Username=u',
    ],
)
def test_what_no_connection_can_be_made_with_is_refused(text: str) -> None:
    """By one line that names the part and shows none of it: no library meets it later."""
    assert "hush" not in refusal(text).lower()


def test_the_switch_of_old_clients_protects() -> None:
    """`requiressl=1` was libpq's word before sslmode."""
    assert parse("postgresql://u@h/d?requiressl=1").parameters.tls.mode == "require"
    assert parse("postgresql://u@h/d?requiressl=0").parameters.tls.mode == "prefer"


@pytest.mark.parametrize(
    "password",
    ["hush@ss/w", "hu/sh", "hu?sh", "hush?x=y", "hush?sslmode=require", "100%", "hush%zz", "hu\x07sh", "%00", "%ff"],
)
def test_a_raw_password_that_cannot_be_read_is_refused(password: str) -> None:
    """The line says what to do, and shows no piece of it."""
    line = refusal(f"postgresql://u:{password}@h/d")
    assert "percent-encode the password" in line
    assert "hush" not in line
    assert "/d" not in line


@pytest.mark.parametrize("password", ["password", "pass", "yourpassword", "my-pass", "pa**word"])
def test_a_weak_password_is_no_placeholder(password: str) -> None:
    """Only what stands in brackets, or is hidden, cannot be meant."""
    assert parse(f"postgresql://u:{password}@h/d").password == password


@hypothesis.given(password=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_any_encoded_password_is_read(password: str) -> None:
    """Percent-encoding carries every character, whatever it means in an address."""
    assert parse(f"postgresql://u:{quote(password, safe='')}@h/d").password == password


@hypothesis.given(password=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6))
def test_no_piece_of_a_raw_password_is_shown(password: str) -> None:
    """Whatever is pasted is read, or refused by a line that is the same for all of them."""
    try:
        found = parse(f"postgresql://u:{password}@h/d")
    except ConfigError as error:
        words = set(re.findall(r"[!-~]{6,}", str(error)))
        assert password not in words
    else:
        assert found.hosts


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("postgresql://u@h2:5433,h1:5432/d", "h2:5433 h1:5432"),
        ("postgresql://u@h2,h1/d?port=6000", "h2:6000 h1:6000"),
        ("postgresql://u@/d?host=h2,h1&port=1,2", "h2:1 h1:2"),
        ("postgresql://u@[::1]:5/d", "[::1]:5"),
        ("postgresql://u@[2001:db8::1],h/d", "[2001:db8::1]:5432 h:5432"),
        ("host=::1 user=u", "[::1]:5432"),
        ("postgresql://u@%2Fvar%2Frun%2Fpg/d", "/var/run/pg:5432"),
        ("postgresql://u@localhost/d?host=/cloudsql/p:r:i", "/cloudsql/p:r:i:5432"),
        ("postgresql://u@h/d?hostaddr=10.0.0.7", "10.0.0.7:5432"),
        ("postgresql+pg8000://u:p@/d?unix_sock=/cloudsql/p:r:i/.s.PGSQL.5432", "/cloudsql/p:r:i:5432"),
        ("postgresql://u:p@/d?host=/run/pg/.s.PGSQL.5433", "/run/pg:5433"),
        ("postgresql://u:p@/d?socketPath=/run/pg", "/run/pg:5432"),
        ('"postgresql://u:p@h/d";', "h:5432"),
        ("postgresql:///d", "/run/postgresql:5432 /var/run/postgresql:5432 /tmp:5432 localhost:5432"),
    ],
)
def test_hosts_are_listed(text: str, hosts: str) -> None:
    """Several, IPv6, sockets, and the places of a local server where none is named."""
    assert " ".join(map(str, parse(text).hosts)) == hosts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not of the form"),
        ("hush", "not of the form"),
        ("mysql://u:hush@h/d", "not of the form"),
        ("https://h/hush", "not of the form"),
        ("postgresql://u:x@h:port/d", "port is not a number"),
        ("postgresql://u@h:0/d", "port is not between"),
        ("postgresql://u@h:70000/d", "port is not between"),
        ("postgresql://u@h1,h2,h3/d?port=1,2", "3 hosts and 2 ports"),
        ("host=h password=a'b", "single quotes"),
        ("postgresql://u@h/d?sslmode=encrypt", "sslmode: expected disable, allow"),
        ("postgresql://u@h/d?ssl=maybe", "ssl: expected true, false"),
        ("postgresql://u@h/d?ssl=true&sslmode=disable", "ssl and sslmode contradict"),
        ("postgresql://u@h/d?sslmode=require&sslmode=disable", "sslmode has two values"),
        ("postgresql://u@h/d?sslmod=require", "sslmod: no such parameter: did you mean sslmode?"),
        ("postgresql://u@h/d?sslrootcrt=/x", "did you mean sslrootcert?"),
        ("postgresql://u@h/d?sslkey=/x", "sslkey: needs sslcert"),
        ("postgresql://u@h/d?sslrootcert=system&sslmode=require", "system needs sslmode=verify-full"),
        ("postgresql://u@h/d?sslnegotiation=direct", "direct needs sslmode=require"),
        ("postgresql://u@h/d?ssl_min_protocol_version=SSLv3", "ssl_min_protocol_version: expected TLSv1"),
        ("postgresql://u@h/d?connect_timeout=soon", "connect_timeout: expected a number"),
        ("postgresql://u@h/d?connect_timeout=inf", "connect_timeout: expected a number"),
        ("postgresql://u@h/d?keepalives_idle=-1", "keepalives_idle: expected a whole number"),
        ("postgresql://u@h/d?tcp_user_timeout=x", "tcp_user_timeout: expected a whole number"),
        ("postgresql://u@h/d?target_session_attrs=standby", "target_session_attrs: the daemon writes"),
        ("postgresql://u@h/d?targetServerType=slave", "target_session_attrs: the daemon writes"),
        ("postgresql://u@h/d?target_session_attrs=best", "target_session_attrs: expected any"),
        ("postgresql://u@h/d?channel_binding=maybe", "channel_binding: expected disable"),
        ("postgresql://u@h/d?gssencmode=require", "gssencmode: GSSAPI encryption is not supported"),
        ("postgresql://u@h/d?options=fast", "options: expected -c name=value"),
        ("postgresql://u:[YOUR-PASSWORD]@h/d", "the password is the console's placeholder"),
        ("Server=h;User Id=u;Password={your_password};Database=d", "the password is the console's placeholder"),
        ("postgresql://u:********@h/d", "the password is the console's placeholder"),
        ("$DATABASE_URL", "a variable that was not replaced"),
        ("${{Postgres.DATABASE_URL}}", "a variable that was not replaced"),
        ("postgresql:///d?cloudSqlInstance=p:r:i&user=u", "cloudSqlInstance: connectors are not used"),
        ("jdbc:postgresql:///d?socketFactory=com.google.cloud.sql.postgres.SocketFactory", "socketFactory: connectors"),
        ("postgresql://u@h/d?service=main", "service: service files are not read"),
        ("postgresql://u@h/d?sslidentity=/x.p12", "sslidentity: a PKCS 12 file"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, words: str) -> None:
    """One line names the part, and no secret."""
    line = refusal(text)
    assert words in line
    assert "hush" not in line


@pytest.mark.parametrize(
    ("query", "ignored"),
    [
        ("pgbouncer=true", ["pgbouncer"]),
        ("statement_cache_size=0&pool_max_conns=5", ["statement_cache_size", "pool_max_conns"]),
        ("sslmode=require&uselibpqcompat=true", ["uselibpqcompat"]),
        ("connection_limit=1&pool_timeout=0&socket_timeout=3", ["connection_limit", "pool_timeout", "socket_timeout"]),
        ("reWriteBatchedInserts=true&prepareThreshold=0", ["reWriteBatchedInserts", "prepareThreshold"]),
        ("Pooling=true&Max Auto Prepare=10", ["Pooling", "Max Auto Prepare"]),
        ("colour=blue", ["colour"]),
        ("channel_binding=require&sslmode=require", ["channel_binding=require"]),
        ("channel_binding=prefer&gssencmode=disable&client_encoding=UTF8", []),
        ("supa=base-pooler.x&pgbouncer=true", ["supa", "pgbouncer"]),
        ("sslmode=require&amp;pgbouncer=true", ["pgbouncer"]),
        ("sslmode=", []),
    ],
)
def test_what_means_nothing_here_is_left_out_and_named(query: str, ignored: list[str]) -> None:
    """Words of poolers, ORMs and drivers; what the connection does anyway is no matter for a warning."""
    assert list(parse(f"postgresql://u@h/d?{query}").parameters.ignored) == ignored


def read(query: str) -> Address:
    """Read an address with these parameters."""
    return parse(f"postgresql://u@h/d?{query}")


@pytest.mark.parametrize(
    ("query", "mode"),
    [
        ("", "prefer"),
        *((f"sslmode={mode}", mode) for mode in ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")),
        ("ssl=true", "require"),
        ("ssl", "require"),
        ("ssl=false", "disable"),
        ("ssl=verify-full", "verify-full"),
        ("ssl=true&sslmode=verify-ca", "verify-ca"),
        ("ssl=1&sslmode=prefer", "require"),
        ("sslmode=no-verify", "require"),
        ("SSL Mode=VerifyFull", "verify-full"),
        ("sslrootcert=system", "verify-full"),
        ("sslaccept=strict&sslcert=/ca.pem", "verify-full"),
    ],
)
def test_the_mode_of_tls_is_what_was_asked_for(query: str, mode: str) -> None:
    """Six modes of libpq, the switch of drivers, and the words of others for the same."""
    assert read(query).parameters.tls.mode == mode


def test_words_that_mean_something_are_read() -> None:
    """Options become settings, the schema becomes the search path, times and keepalives are numbers."""
    found = read(
        "application_name=theset&options=-c%20statement_timeout%3D9000%20--lock-timeout%3D1s&connect_timeout=10"
        "&schema=app&keepalives=1&keepalives_idle=30&tcp_user_timeout=5000"
    ).parameters
    assert found.application_name == "theset"
    assert found.settings == {"statement_timeout": "9000", "lock_timeout": "1s"}
    assert (found.connect_s, found.schemas) == (10.0, ("app",))
    assert found.socket == {"keepalives": 1, "keepalivesidle": 30, "tcpusertimeout": 5000}
    assert read("options=-c+search_path%3Dapp,public").parameters.schemas == ("app", "public")
    assert read("options=endpoint%3Dep-cool-1").parameters.startup == "endpoint=ep-cool-1"
    assert read("connectionTimeoutMillis=2500").parameters.connect_s == 2.5
    assert read("connect_timeout=0").parameters.connect_s is None
