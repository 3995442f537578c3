"""A throw-away Debian with a booted systemd, in a container: no network but its own loopback, thrown away at the end.

Debian's debootstrap makes a tree once, which is kept in the cache; each boot lies over it and leaves it as it is. The
container has control groups of its own in every hierarchy, else its systemd would sort the processes of the host.
"""

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE

import attrs

TOP = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "/var/cache") / "thesetd-prove"
PACKAGES = "systemd,systemd-sysv,dbus,libnss-systemd,python3,python3-venv,postgresql,redis-server,procps"
GROUPS = Path("/sys/fs/cgroup")
BOOT_S, END_S = 60.0, 20.0
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
    "PIP_NO_INDEX": "1",
    "PIP_FIND_LINKS": "/wheels",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
}


def tree() -> Path:
    """Return the tree of a fresh Debian 12, made where it is missing."""
    name = hashlib.sha256(PACKAGES.encode()).hexdigest()[:12]
    made = CACHE / f"bookworm-{name}"
    if not made.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        if not all(map(shutil.which, ("debootstrap", "systemd-nspawn"))):
            subprocess.run(["apt-get", "install", "--yes", "debootstrap", "systemd-container"], check=True)
        new = made.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(new)]
        with (CACHE / "debootstrap.log").open("w") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log)
        new.rename(made)
    return made


def wheels() -> Path:
    """Return a folder with the packages of requirements.txt, which stand for the network."""
    pins = TOP / "requirements.txt"
    folder = CACHE / f"wheels-{hashlib.sha256(pins.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        new = folder.with_suffix(".new")
        python = ["/usr/bin/python3", "-m", "pip"]
        if subprocess.run([*python, "--version"], capture_output=True, check=False).returncode:
            python = [str(TOP / ".venv/bin/python"), "-m", "pip"]
        options = ["--quiet", "--only-binary=:all:", "--python-version=3.11.2", "--require-hashes", "--no-deps"]
        subprocess.run([*python, "download", *options, "-r", str(pins), "-d", str(new)], check=True, stderr=PIPE)
        new.rename(folder)
    return folder


@attrs.frozen
class Machine:
    """A machine that runs; `leader` is its init as the host sees it."""

    leader: int

    def run(self, script: str, *, user: str = "root", timeout_s: float = 300.0) -> subprocess.CompletedProcess[str]:
        """Run a script inside and give what it said, both streams in one."""
        inside = ["bash", "-c", script] if user == "root" else ["runuser", "-u", user, "--", "bash", "-c", script]
        return subprocess.run(
            ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "--", *inside],
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def ask(self, script: str) -> str:
        """Run a script and give what it said, without the last line end."""
        return self.run(script).stdout.rstrip("\n")


@contextmanager
def booted(*shared: str) -> Iterator[Machine]:
    """Boot a machine; `shared` are folders of the host, as systemd-nspawn's --bind-ro has them."""
    name = f"thesetd-prove-{os.getpid()}"
    command = [
        *("systemd-nspawn", "--quiet", f"--directory={tree()}", "--volatile=overlay", f"--machine={name}"),
        *("--register=no", "--keep-unit", "--private-network", "--link-journal=no", "--console=pipe", "--boot"),
        *(f"--bind-ro={folder}" for folder in shared),
    ]
    with (CACHE / "console.log").open("w") as console:
        container = subprocess.Popen(
            ["sh", "-c", 'read -r _; exec "$@"', "sh", *command], stdin=PIPE, stdout=console, stderr=console
        )
    _own_groups(name, container.pid)
    assert container.stdin is not None
    container.stdin.close()  # ends the wait of the shell: what it starts is in its groups from the beginning
    try:
        machine = Machine(_leader(container))
        _await(lambda: machine.ask("systemctl is-system-running") in {"running", "degraded"}, BOOT_S)
        yield machine
    finally:
        with suppress(ProcessLookupError):
            container.terminate()
            try:
                container.wait(END_S)
            except subprocess.TimeoutExpired:
                container.kill()
                container.wait()
        _remove_groups(name)


def _own_groups(name: str, pid: int) -> None:
    for hierarchy in GROUPS.iterdir():
        with suppress(OSError):
            (hierarchy / name).mkdir(exist_ok=True)
            (hierarchy / name / "cgroup.procs").write_text(str(pid))


def _remove_groups(name: str) -> None:
    for hierarchy in GROUPS.iterdir():
        for folder, _, _ in os.walk(hierarchy / name, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()


def _leader(container: "subprocess.Popen[bytes]") -> int:
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children")
    _await(lambda: bool(children.read_text().split()), BOOT_S)
    return int(children.read_text().split()[0])


def _await(condition: Callable[[], bool], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing after {patience_s:g} s: see {CACHE / 'console.log'}")
        time.sleep(0.1)
