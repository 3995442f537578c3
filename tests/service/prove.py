"""The shipped service in a booted Debian, installed by README's own commands; prints one table of what was seen."""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from machine import TOP, Machine, booted, wheels

from thesetd.sandbox.synthetic.universe import Universe

LARGEST_MB, SLOWEST_START_S, HIGHEST_SCORE = 150, 3.0, 1.2
STRANGER, WEB = "games", "www-data"
PIP_LINES = r"(?m)^/opt/thesetd/bin/pip install --no-index.*$"
MIGRATIONS = "daemon/thesetd/adapters/postgres/migrations"
OLD, CHECKOUT = "/old", "/checkout"


class Missed(Exception):
    """What was seen is not what is right."""


@attrs.define
class Table:
    """What was tried, and what was seen."""

    rows: list[tuple[str, bool, str]] = attrs.field(factory=list)

    def step(self, name: str, check: Callable[[], str]) -> None:
        """Make one check and note its outcome."""
        began = time.monotonic()
        try:
            seen, fine = check(), True
        except (Missed, subprocess.TimeoutExpired, TimeoutError) as error:
            seen, fine = " ".join(str(error).split()), False
        self.rows.append((name, fine, seen))
        took_s = time.monotonic() - began
        print(
            f"{'ok    ' if fine else 'MISSED'} {name:<34} {took_s:6.1f} s  {seen if fine else seen[-700:]}", flush=True
        )


def require(condition: object, seen: str) -> None:
    """Raise Missed unless something holds."""
    if not condition:
        raise Missed(seen)


@attrs.frozen
class Service:
    """The service on a machine, and the checks of it."""

    machine: Machine
    late_s: float

    def show(self, key: str) -> str:
        """Return a property of the unit."""
        return self.machine.ask(f"systemctl show -P {key} thesetd")

    def become(self, state: str = "active", patience_s: float = 60.0, step_s: float = 0.1) -> None:
        """Wait for a state."""
        deadline = time.monotonic() + patience_s
        while (found := self.show("ActiveState")) != state:
            require(time.monotonic() < deadline, f"{found}, not {state}: {self.log(4)}")
            time.sleep(step_s)

    def log(self, lines: int = 4) -> str:
        """Return the last lines of the journal."""
        return self.machine.ask(f"journalctl -u thesetd -n {lines} -o cat")

    def do(self, script: str, user: str = "root") -> str:
        """Run a script that must succeed."""
        done = self.machine.run(script, user=user)
        require(done.returncode == 0, f"exit {done.returncode}: {done.stdout[-900:]}")
        return done.stdout.rstrip("\n")

    def install(self) -> str:
        """Run README's commands to the letter."""
        (block,) = re.findall(r"(?ms)^```sh install\n(.*?)^```$", (TOP / "README.md").read_text())
        self.do(f"set -e; cd {CHECKOUT}\n{block}")
        megabytes = int(self.machine.ask("du -sm /opt/thesetd").split()[0])
        require(megabytes <= LARGEST_MB, f"{megabytes} MB")
        return f"README's {len(block.splitlines())} lines, {megabytes} MB"

    def active(self) -> str:
        """See it run, and how long a start takes."""
        self.become()
        took_s = statistics.median(self._start_s() for _ in range(3))
        require(took_s < SLOWEST_START_S, f"ready after {took_s:.2f} s")
        return f"ready {took_s:.2f} s after its start, median of three; status: {self.show('StatusText')}"

    def _start_s(self) -> float:
        self.do("systemctl restart thesetd")
        began, ended = (int(self.show(f"{key}TimestampMonotonic")) for key in ("InactiveExit", "ActiveEnter"))
        return (ended - began) / 1e6

    def score(self) -> str:
        """Look at the exposure."""
        said = self.machine.ask("systemd-analyze security thesetd").splitlines()[-1]
        found = float(re.findall(r"([0-9.]+) ", said)[0])
        require(found <= HIGHEST_SCORE, said)
        return f"{found}"

    def sandbox(self) -> str:
        """Run the emulated providers beside it, and point it at them."""
        self.do("systemd-run --quiet --unit=sandbox /opt/thesetd/bin/thesetd sandbox --json --latency 0.05")
        self.machine.run("for i in $(seq 100); do journalctl -u sandbox -o cat | grep -q base && exit; sleep .1; done")
        read = "import json,sys; [print(*pair, sep='=') for pair in json.load(sys.stdin)['environment'].items()]"
        self.do(
            f'journalctl -u sandbox -o cat | grep base | python3 -c "{read}" >> /etc/thesetd/environment;'
            "systemctl restart thesetd"
        )
        self.become()
        return "the emulated providers"

    def names(self) -> list[str]:
        """Return names of artists of the emulated world that nobody else has."""
        universe = Universe(1, 300)
        found = [universe.artist(number).name for number in range(300)]
        return [name for name in found if found.count(name) == 1]

    def imported(self, *, artist: int = 0) -> str:
        """Import an artist as the web application's user."""
        said = self.do(f"thesetctl import {self.names()[artist]!r} --follow | tail -1", WEB)
        require("Import complete!" in said, said)
        return f"by {WEB}: {said.split('  ')[-1].strip()}"

    def stranger(self) -> str:
        """See somebody else refused."""
        done = self.machine.run("thesetctl health", user=STRANGER)
        fine = done.returncode == 3 and "not permitted" in done.stdout and "'theset'" in done.stdout
        require(fine, f"exit {done.returncode}: {done.stdout}")
        return f"exit 3: {done.stdout.strip()}"

    def killed(self, number: str, patience_s: float) -> str:
        """Send a signal to the daemon and see it come back as another process."""
        before, began = self.show("MainPID"), time.monotonic()
        self.do(f"kill -{number} {before}")
        while self.show("MainPID") in {before, "0"} or self.show("ActiveState") != "active":
            require(time.monotonic() - began < patience_s, f"still {self.show('ActiveState')}")
            time.sleep(0.2)
        return f"another process serves after {time.monotonic() - began:.1f} s"

    def reload(self) -> str:
        """Change a limit, then break the file."""
        file = "/etc/thesetd/thesetd.toml"
        pid = self.show("MainPID")
        self.do(f"cp {file} /tmp/t; sed -i 's,100/60s,99/60s,' {file}; systemctl reload thesetd")
        limits = self.do("thesetctl limits")
        require("99/60s" in limits, limits)
        self.do(f"echo '[surprise]' >> {file}")
        done = self.machine.run("systemctl reload thesetd")
        require(done.returncode != 0, "a faulty file was accepted")
        self.do(f"kill -HUP {pid}")
        self.do(f"cp /tmp/t {file}; sed -i 's,100/60s,98/60s,' {file}; for i in $(seq 20); do kill -HUP {pid}; done")
        self.machine.run("for i in $(seq 100); do thesetctl limits | grep -q 98/60s && exit; sleep .1; done")
        require("98/60s" in (limits := self.do("thesetctl limits")), limits)
        self.do(f"for i in $(seq 20); do kill -USR1 {pid}; sleep .02; done")
        require(self.show("ActiveState") in {"active", "reloading"}, self.show("ActiveState"))
        require("surprise" in self.log(2000), self.log(12))
        self.do(f"cp /tmp/t {file}; systemctl reload thesetd")
        require(self.show("MainPID") == pid, "another process")
        return "a new limit holds at once, by 20 SIGHUP as well; a faulty file is refused; the same process throughout"

    def stopped_in_mid_import(self) -> str:
        """Stop it while it imports, start it again: the import is finished."""
        self.do(f"thesetctl import {self.names()[7]!r}", WEB)
        began = time.monotonic()
        self.do("systemctl stop thesetd")
        took_s = time.monotonic() - began
        require(self.show("Result") == "success", self.show("Result"))
        self.do("systemctl start thesetd")
        number = json.loads(self.do("thesetctl jobs --limit 1 --json 2>/dev/null"))["jobs"][0]["job_id"]
        said = self.do(f"thesetctl tail {number} | tail -1", WEB)
        require("Import complete!" in said, said)
        return f"stopped in {took_s:.1f} s; the import went on after the start"

    def wrong_key(self) -> str:
        """Mistype a key: the service ends with 78 and is left alone."""
        self.do("cp /etc/thesetd/thesetd.toml /tmp/t; printf '\\n[surprise]\\nx = 1\\n' >> /etc/thesetd/thesetd.toml")
        self.machine.run("systemctl restart thesetd")
        time.sleep(4.0)
        status, restarts = self.show("ExecMainStatus"), self.show("NRestarts")
        entry = self.machine.ask("journalctl -t thesetd -p err -n 1 -o cat")
        self.do("cp /tmp/t /etc/thesetd/thesetd.toml; systemctl restart thesetd")
        require((status, restarts) == ("78", "0"), f"status {status}, {restarts} restarts")
        require("surprise" in entry, entry)
        return f"78, 0 restarts; priority err: {entry}"

    def late(self, server: str, *, waits: bool) -> str:
        """Start a server so much later than the daemon."""
        self.do(f"systemctl stop thesetd; systemctl stop {server}; systemctl reset-failed")
        try:
            meanwhile, status, lines = self._without(waits=waits)
        finally:
            self.do(f"systemctl start {server}")
        self.become(patience_s=20.0)
        self.machine.run("for i in $(seq 150); do thesetctl health >/tmp/h && exit; sleep .1; done")
        health = self.machine.run("thesetctl health")
        require(health.returncode == 0, health.stdout)
        require(self.show("NRestarts") == "0", f"{self.show('NRestarts')} restarts")
        require(lines >= self.late_s // 60, f"{lines} log lines in {self.late_s:g} s")
        return f"{meanwhile}, then active and healthy, 0 restarts, {lines} log lines; status: {status[:90]}"

    def _without(self, *, waits: bool) -> tuple[str, str, int]:
        self.do("systemctl start --no-block thesetd")
        time.sleep(self.late_s / 2)
        meanwhile = self.show("ActiveState")
        require(meanwhile == ("activating" if waits else "active"), f"{meanwhile}: {self.log()}")
        status = self.show("StatusText")
        if not waits:
            self.imported(artist=3)
        time.sleep(self.late_s / 2)
        said = self.machine.ask(f"journalctl -u thesetd -o cat --since=-{self.late_s:.0f} | grep -c ServerAwaited")
        return meanwhile, status, int(said)

    def upgraded(self) -> str:
        """Go from the version before, with its own configuration, to this one over a kill; the way back is refused."""
        (line,) = re.findall(PIP_LINES, (TOP / "README.md").read_text())
        (create,) = re.findall(r"(?m)^runuser .* createdb .*$", (TOP / "README.md").read_text())
        fresh = f"runuser -u postgres -- dropdb --force theset; {create}"
        count = "runuser -u postgres -- psql -XAt theset -c 'select count(*) from thesetd.migrations'"
        shipped = "install -m 0644 config/thesetd.toml /etc/thesetd/thesetd.toml"
        self.do(f"systemctl stop thesetd; {fresh}; cd {OLD}; {line}; {shipped}; systemctl start thesetd")
        before = self.do(count)
        self.do(f"systemctl kill -s KILL thesetd; cd {CHECKOUT}; {line}; systemctl restart thesetd")
        self.become()
        after = self.do(count)
        require(int(after) > int(before), f"schema {before}, then {after}")
        self.imported()
        self.do(f"cd {OLD}; {line}")
        self.machine.run("systemctl restart thesetd")
        time.sleep(3.0)
        status, said = self.show("ExecMainStatus"), self.log(3)
        self.do(f"cd {CHECKOUT}; {line}; {shipped}; systemctl reset-failed; systemctl restart thesetd")
        require(status == "78", f"status {status}: {said}")
        return f"schema {before} to {after} over a kill -9; back: 78, {said.splitlines()[0][:120]}"

    def another_node(self) -> str:
        """Run a second node of the template on the same servers."""
        self.do("echo THESETD_HTTP__LISTEN=127.0.0.1:9465 > /etc/thesetd/b.environment; systemctl start thesetd@b")
        said = self.do("thesetctl --socket /run/thesetd-b/thesetd.sock health | head -1", WEB)
        self.do("systemctl stop thesetd@b")
        return said

    def slim(self) -> str:
        """Take away what names the service's user, and its database: one line says what to do."""
        self.do("systemctl stop thesetd; dpkg --purge libnss-systemd; cp /etc/thesetd/environment /tmp/environment")
        seen = []
        for keys, wanted in (("^DATABASE_URL", "database.dsn: not set"), ("^$", "install libnss-systemd")):
            self.do(f"grep -v '{keys}' /tmp/environment > /etc/thesetd/environment; systemctl reset-failed")
            self.machine.run("systemctl restart thesetd")
            status, said = self.show("ExecMainStatus"), self.machine.ask("journalctl -t thesetd -p err -n 1 -o cat")
            require(status == "78" and wanted in said, f"{status}: {said}")
            seen.append(said.removeprefix("thesetd: "))
        return f"78 without a database: {seen[0]}; 78 with one that asks for names: {seen[1]}"

    def full_log(self) -> str:
        """Let standard error be a file on a disk of 64 KiB that is full, then has room again."""
        unit = "/run/systemd/system/thesetd.service.d/full.conf"
        self.do(
            "mkdir -p /run/small; mount -t tmpfs -o size=64k,mode=755 none /run/small; touch /run/small/log;"
            "head -c 200k /dev/zero > /run/small/more 2>/dev/null || true;"
            f"mkdir -p {Path(unit).parent};"
            f"printf '[Service]\\nStandardError=append:/run/small/log\\nStandardInput=null\\n' > {unit};"
            "systemctl daemon-reload; systemctl restart thesetd"
        )
        self.become()
        self.imported(artist=9)
        full = int(self.do("stat -c %s /run/small/log"))
        self.do("rm /run/small/more")
        self.imported(artist=10)
        size = int(self.do("stat -c %s /run/small/log"))
        self.do(f"rm {unit}; systemctl daemon-reload; systemctl restart thesetd; umount -l /run/small")
        self.become()
        require(size > full, f"{size} bytes with room, {full} without")
        return f"{full} bytes of log while it was full, {size} with room; both imports complete"

    def journal(self) -> str:
        """See one form in the journal, and fields."""
        lines = self.machine.ask("journalctl -u thesetd -o cat").splitlines()
        odd = [line for line in lines if line.startswith("{")]
        require(not odd, f"JSON lines among the others: {odd[:1]}")
        job = self.machine.ask("journalctl -u thesetd -o cat THESETD_JOB=1 | head -1")
        require("job_id=1" in job, job or "no line with THESETD_JOB=1")
        return f"{len(lines)} lines of text; THESETD_JOB=1: {job[:80]}"


def version_before() -> str:
    """Name the latest commit with fewer migrations, numbered without a gap and each as it is now."""

    def git(*arguments: str) -> list[str]:
        command = ["git", *arguments, "--", MIGRATIONS]
        return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=True).stdout.splitlines()

    def migrations(commit: str) -> set[str]:
        """Return the files with their hashes."""
        return {line for line in git("ls-tree", "-r", commit) if line.endswith(".sql")}

    present = migrations("HEAD")
    for commit in git("log", "--format=%H~1"):
        found = migrations(commit)
        numbers = sorted(int(Path(line).name[:4]) for line in found)
        if found < present and numbers == list(range(1, len(numbers) + 1)):
            return commit
    raise Missed("no version before this one")


@contextmanager
def checkouts() -> Iterator[tuple[str, str]]:
    """Copy what is checked in here, and the version before the latest migration came."""
    with tempfile.TemporaryDirectory(prefix="thesetd-prove-") as folder:
        new, old = Path(folder) / "new", Path(folder) / "old"
        names = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True).stdout
        for name in filter(None, names.split("\0")):
            if (TOP / name).is_file():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(TOP / name, new / name)
        old.mkdir()
        archive = subprocess.run(["git", "archive", version_before()], cwd=TOP, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(old)], input=archive, check=True)
        yield f"{new}:{CHECKOUT}", f"{old}:{OLD}"


def main() -> None:
    """Boot, install, check, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--late-s", type=float, default=120.0, help="how late the servers are")
    late_s = options.parse_args().late_s
    table = Table()
    with checkouts() as (new, old), booted(new, old, f"{wheels()}:/wheels") as machine:
        service = Service(machine, late_s)
        for name, check in (
            ("installed by README", service.install),
            ("active", service.active),
            ("exposure", service.score),
            ("sandbox", service.sandbox),
            ("import over the socket", service.imported),
            ("somebody else", service.stranger),
            ("kill -9", lambda: service.killed("KILL", 30.0)),
            ("SIGSTOP, watchdog", lambda: service.killed("STOP", 110.0)),
            ("reload", service.reload),
            ("stop in mid-import", service.stopped_in_mid_import),
            ("wrong key", service.wrong_key),
            ("late database", lambda: service.late("postgresql", waits=True)),
            ("late Redis", lambda: service.late("redis-server", waits=False)),
            ("another node", service.another_node),
            ("journal", service.journal),
            ("full log", service.full_log),
            ("upgrade and downgrade", service.upgraded),
            ("slim system, no database", service.slim),
        ):
            table.step(name, check)
    missed = [name for name, fine, _ in table.rows if not fine]
    print(
        f"{len(table.rows) - len(missed)} of {len(table.rows)} as they should be"
        + (f"; missed: {missed}" if missed else "")
    )
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
