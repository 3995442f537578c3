"""Maps each kind of trouble, known by its subject and words, to the command or the change that ends it.

A text that names a command in backticks after "run" states the remedy itself. Otherwise the first row with a matching
subject and words counts; the groups of its expression are the names that the remedy repeats.
"""

import re
from collections.abc import Sequence
from typing import Final

import attrs

_OWN: Final = re.compile(r"\brun `([^`]+)`")
_CHECK = "then run thesetd check-config --connect"


@attrs.frozen
class Mend:
    """The remedy for a trouble: the beginning of its subject, a regular expression for its text, and what to do."""

    subject: str
    words: str
    text: str


MENDS: Final[Sequence[Mend]] = (
    Mend("configuration", r"^(?P<file>/\S+): cannot be read", "check the path in THESETD_CONFIG: ls -l {file}"),
    Mend("configuration", r"^(?P<file>/\S+): ", "edit {file}, then run thesetd check-config"),
    Mend(
        "configuration",
        "",
        "correct it in the file or the environment (thesetctl config show), then run thesetctl doctor",
    ),
    Mend("state_dir", r"cannot use (?P<path>/[^:]+)", "install -d -m 700 -o thesetd {path}; or set state_dir"),
    Mend("disk", r" at (?P<place>/\S*)$", "du -xh {place} | sort -h | tail; then delete what is not needed"),
    Mend("disk of ", "", "du -xh {rest} | sort -h | tail; then delete what is not needed"),
    Mend("control", r"no group '(?P<name>[^']*)'", "groupadd --system {name}"),
    Mend("control", r"no user '(?P<name>[^']*)'", "useradd --system {name}"),
    Mend("control.socket", r"(?P<path>/[^ :]+)", "rm {path}, if it is not needed; or set control.socket"),
    Mend(
        "http.",
        r"tls_certificate: (?P<file>/\S+)",
        "openssl x509 -noout -text -in {file}; then set http.tls_certificate",
    ),
    Mend("http.", "", "ss -ltnp shows the program that has the port; stop it, or set {subject}"),
    Mend("node.name", "", "set node.name to a name of its own"),
    Mend(
        "database", r"Name or service not known|no address", "getent hosts HOST; then correct the host in database.dsn"
    ),
    Mend(
        "database",
        r'database "(?P<name>[^"]+)" does not exist',
        "createdb --owner thesetd --encoding UTF8 --template template0 {name}",
    ),
    Mend(
        "database",
        r'(?:password|peer|ident) authentication failed for user "(?P<name>[^"]+)"',
        "correct database.dsn, or as postgres: psql -c \"alter role {name} password '...'\"",
    ),
    Mend("database", r'role "(?P<name>[^"]+)" does not exist', "createuser {name}; or correct database.dsn"),
    Mend(
        "database",
        r"no pg_hba.conf entry",
        "add a line for the role and this address to pg_hba.conf, then pg_ctlcluster reload",
    ),
    Mend("database", r"encoding", "createdb --encoding UTF8 --template template0 NAME; then correct database.dsn"),
    Mend(
        "database",
        r"read-only",
        "name the primary in database.dsn; or alter database NAME reset default_transaction_read_only",
    ),
    Mend(
        "database",
        r'too many connections for role "(?P<name>[^"]+)"',
        'as postgres: psql -c "alter role {name} connection limit -1"',
    ),
    Mend("database connections", "", "raise max_connections of PostgreSQL, or lower database.connections"),
    Mend(
        "database",
        r"too many (?:connections|clients)",
        "raise max_connections of PostgreSQL, or lower database.connections",
    ),
    Mend(
        "database",
        r"not TheSet's|not thesetd's|not a plain table",
        "set database.schema to another name, or rename the table",
    ),
    Mend("database", r"upgrade thesetd", "pip install the version that made the schema, or restore a backup"),
    Mend("database", r"with another text", "pip install the version that made the schema, or restore a backup"),
    Mend("database rights", "", "as the owner run the GRANT lines of README.md"),
    Mend("database schema", "", "thesetd migrate"),
    Mend("database", "", f"systemctl start postgresql (why: systemctl status postgresql), {_CHECK}"),
    Mend("redis", r"WRONGPASS|NOAUTH|password", "correct the user and the password in redis.url (REDIS_URL)"),
    Mend("redis", r"NOPERM", "redis-cli ACL SETUSER USER ... with the rights that README.md lists"),
    Mend("redis memory", "", "redis-cli config set maxmemory-policy noeviction"),
    Mend("redis channel", "", "set redis.channel to a name of its own"),
    Mend("redis", "", f"systemctl start redis-server (why: systemctl status redis-server), {_CHECK}"),
    Mend("events", "", "systemctl status redis-server"),
    Mend("provider ", r"connection failed", "curl -I its base_url; then correct base_url, proxy or the firewall"),
    Mend("provider ", r"blocks calls", "wait; lower the limit if it comes again: thesetctl limits set {rest} LIMITS"),
    Mend("provider ", "", "correct the keys of [providers.{rest}], then run thesetctl reload"),
    Mend("quota of ", "", "thesetctl calls --by purpose --since 24h"),
    Mend("pause of ", "", "thesetctl resume {rest}"),
    Mend("actor ", "", "thesetctl logs --actor {rest}"),
    Mend("breaker ", "", "thesetctl breakers reset {rest}"),
    Mend("schedule ", "", "thesetctl schedules {rest}"),
    Mend("jobs", "", "thesetctl dead; then thesetctl dead replay --all"),
    Mend("clock", "", "timedatectl set-ntp true"),
    Mend("time zones", "", "apt-get install --reinstall tzdata"),
)


def mend_of(subject: str, text: str) -> str:
    """Return what to do about a trouble."""
    if own := _OWN.search(text):
        return own[1]
    for row in MENDS:
        if subject.startswith(row.subject) and (found := re.search(row.words, text)):
            return row.text.format(subject=subject, rest=subject.removeprefix(row.subject), **found.groupdict())
    return "thesetctl health"
