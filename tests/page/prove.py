"""The status page in a real Chromium, with Playwright and axe: `make prove-page`.

Needs Debian's chromium, node, and a folder with the node modules playwright-core and axe-core, which
THESETD_NODE_MODULES names; without them it says what is absent and ends with 0.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import folders  # noqa: F401 - it finds what tests share
from loopback import free_port
from programs import NO_LIMITS, PROGRAMS, Sandbox, clean_environ, open_sandbox

HERE = Path(__file__).parent
ARTIST = "Comets of Mbeki"


def absent() -> str:
    """Return what is missing, or nothing."""
    modules = os.environ.get("THESETD_NODE_MODULES", "")
    needed = {name: shutil.which(name) is not None for name in ("node", "chromium")}
    needed |= {name: bool(modules) and (Path(modules) / name).is_dir() for name in ("playwright-core", "axe-core")}
    return ", ".join(name for name, there in needed.items() if not there)


class Served:
    """A daemon that is started, killed and started again at the same address."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        """Choose an address."""
        address = f"127.0.0.1:{free_port()}"
        self.base = f"http://{address}/"
        self._folder = folder
        self._environ = environ | {"THESETD_HTTP__LISTEN": address}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        command = [str(PROGRAMS / "thesetd"), "run", "--state-dir", str(self._folder)]
        output = subprocess.DEVNULL
        self.process = subprocess.Popen(command, env=self._environ, stdout=output, stderr=output)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.base}readyz", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the daemon did not become ready")

    def end(self, number: signal.Signals) -> None:
        """End it."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()

    def lose_database(self) -> None:
        """Let the private PostgreSQL hang until the daemon notices."""
        self._signal_database(signal.SIGSTOP)
        time.sleep(20)

    def find_database(self) -> None:
        """Let it work again."""
        self._signal_database(signal.SIGCONT)

    def _signal_database(self, number: signal.Signals) -> None:
        master = int((self._folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        for one in (master, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, number)

    def request(self, artist: str = ARTIST) -> None:
        """Ask for an import."""
        command = [str(PROGRAMS / "thesetctl"), "--socket", str(self._folder / "thesetd.sock"), "import", artist]
        subprocess.run(command, check=True, env=self._environ, stdout=subprocess.DEVNULL)


def trouble(daemon: Served, sandbox: Sandbox) -> None:
    """Ban spotify's key for an hour, let setlistfm fail until its breaker opens."""
    sandbox.ask("faults", {"provider": "setlistfm", "status": 503, "for_s": 600}, "POST")
    daemon.request("Haruka Mbeki")
    time.sleep(5)
    sandbox.ask("faults", {"provider": "spotify", "status": 429, "retry_after": "3600", "for_s": 600}, "POST")
    daemon.request()
    time.sleep(10)


def look(daemon: Served, sandbox: Sandbox, shots: Path) -> int:
    """Run the browser and do what it asks for; return the number of faults."""
    modules, faults = os.environ["THESETD_NODE_MODULES"], 0
    command = ["node", str(HERE / "prove.mjs"), daemon.base, modules, str(shots)]
    acts = {"import": daemon.request, "kill": lambda: daemon.end(signal.SIGKILL), "start": daemon.start}
    acts |= {"trouble": lambda: trouble(daemon, sandbox), "away": daemon.lose_database}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as browser:
        assert browser.stdin is not None
        assert browser.stdout is not None
        word = ""
        for line in browser.stdout:
            word, _, text = line.rstrip().partition(" ")
            faults += word == "fault"
            if word in {"seen", "fault"}:
                print(f"{word:<6} {text}")
            if word in acts:
                acts[word]()
                browser.stdin.write("\n")
    return faults + (word != "done")


def main() -> int:
    """Prove it."""
    if missing := absent():
        print(f"skipped: {missing} absent (Debian packages node and chromium; npm install playwright-core axe-core)")
        return 0
    with tempfile.TemporaryDirectory(prefix="thesetd-") as name:
        folder = Path(name)
        shots = Path(os.environ.get("THESETD_SHOTS", name))
        (folder / "sandbox").mkdir()
        sandboxes = open_sandbox(folder / "sandbox", "--latency", "0.1", "--spotify-limits", "none")
        sandbox = next(sandboxes)
        environ = clean_environ(folder) | NO_LIMITS | sandbox.environ
        daemon = Served(folder / "state", environ)
        try:
            daemon.start()
            faults = look(daemon, sandbox, shots)
        finally:
            daemon.find_database()
            daemon.end(signal.SIGTERM)
            next(sandboxes, None)
    print("the page holds" if not faults else f"{faults} faults")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
