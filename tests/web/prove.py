"""TheSet's side for real: a Node program from an empty folder, nginx as Debian has it, a page of another origin.

`make prove-web` runs it. The Node program needs npm to fetch the package pg; nginx and chromium are Debian's. What is
absent is named and left out.
"""

import json
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import attrs

sys.path.insert(0, str(Path(__file__).parents[1]))

import folders  # noqa: F401 - it finds what tests share
from changing_world import changing_world
from loopback import free_port
from programs import NO_LIMITS, PROGRAMS, clean_environ, open_sandbox
from thesetd.sandbox.synthetic.universe import Universe

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "config" / "clients" / "typescript"
NGINX = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://{api};
        }}
    }}
}}
"""  # but for paths that a user without rights may write, what an administrator writes: proxy_pass and nothing else


def wait_for(url: str, what: str) -> None:
    """Wait until somebody answers.

    Raises:
        SystemExit: nobody does.
    """
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
        except OSError:
            pass
        else:
            return
        time.sleep(0.1)
    raise SystemExit(f"{what} did not become ready")


class Served:
    """A daemon with an API that is killed and started again at the same addresses."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        """Choose the addresses."""
        listen, self.api = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self.ready = f"http://{listen}/readyz"
        self.state = folder
        self.log = folder.with_suffix(".log")
        self._environ = environ | {"THESETD_HTTP__LISTEN": listen, "THESETD_HTTP__API": self.api}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Return its control socket."""
        return self.state / "thesetd.sock"

    def start(self, **environ: str) -> None:
        """Start it and wait until it is ready."""
        self._environ = {name: value for name, value in {**self._environ, **environ}.items() if value}
        command = [str(PROGRAMS / "thesetd"), "run", "--state-dir", str(self.state)]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(command, env=self._environ, stdout=subprocess.DEVNULL, stderr=log)
        wait_for(self.ready, "the daemon")

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill it and start it again."""
        self.end(signal.SIGKILL)
        self.start()

    def begin(self, artist: str, *options: str) -> int:
        """Begin an import, or with `--follow` wait for its end; return its job."""
        command = [str(PROGRAMS / "thesetctl"), "--socket", str(self.socket), "--json", "import", artist, *options]
        done = subprocess.run(command, check=True, env=self._environ, capture_output=True, text=True)
        return int(json.loads(done.stdout.splitlines()[0])["job_id"])


@attrs.define
class World:
    """What the providers say from now on: shows that are cancelled, and whether setlists grew."""

    cancelled: set[str] = attrs.field(factory=set)
    played: int = 0

    def __call__(self, found: Any) -> Any:
        """Change an object of an answer."""
        if isinstance(found, dict):
            if found.get("id") in self.cancelled and "dates" in found:
                found["dates"]["status"] = {"code": "cancelled"}
            if self.played and isinstance(found.get("sets"), dict) and found["sets"].get("set"):
                found["sets"]["set"][0]["song"].append({"name": f"A song that came later {self.played}"})
        return found


@contextmanager
def nginx(folder: Path, api: str) -> Iterator[str]:
    """Run Debian's nginx before an address; yield its own."""
    folder.mkdir()
    address = f"127.0.0.1:{free_port()}"
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=address.rpartition(":")[2], api=api))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield address
        finally:
            process.terminate()


def installed(folder: Path) -> str:
    """Set up the empty folder as the client's page says; return what is missing, or nothing."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm"
    copy = folder / "client"
    shutil.copytree(CLIENT, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    steps = (
        (["npm", "ci", "--silent", "--no-audit", "--no-fund"], copy),
        (["npm", "run", "--silent", "build"], copy),
        (["npm", "init", "--yes", "--silent"], folder),
        (["npm", "install", "--silent", "--no-audit", "--no-fund", str(copy), "pg"], folder),
    )
    for command, where in steps:
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"what `{' '.join(command[:2])}` fetches"
    shutil.copy(HERE / "program.mjs", folder)
    return ""


def program(daemon: Served, world: World, folder: Path, place: dict[str, str], artist: str) -> int:
    """Run the Node program and do what it asks for; return the number of faults."""
    database = {"host": str(daemon.state / "postgres"), "user": "thesetd", "database": "theset"}
    command = ["node", "program.mjs", json.dumps(place), json.dumps(database), artist]
    faults, word = 0, ""
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for line in running.stdout:
            word, _, text = line.rstrip().partition(" ")
            faults += word == "fault"
            if word in {"seen", "fault"}:
                print(f"{word:<6} {text}", flush=True)
            elif word != "done":
                _act(word, text, daemon, world, database)
                running.stdin.write("\n")
    return faults + (word != "done")


def _act(word: str, text: str, daemon: Served, world: World, database: dict[str, str]) -> None:
    if word == "kill":
        daemon.restart()
    elif word == "cancel":
        address = f"host={database['host']} user={database['user']} dbname={database['database']}"
        asked = f"select ticketmaster_id from shows where id = '{text}'"
        found = subprocess.run(["psql", "-Atc", asked, address], check=True, capture_output=True, text=True)
        world.cancelled.add(found.stdout.strip())
    elif word == "play":
        world.played += 1


@attrs.define
class Page:
    """A page's server, and what the page tells."""

    told: list[dict[str, Any]] = attrs.field(factory=list)
    origin: str = ""
    ended: threading.Event = attrs.field(factory=threading.Event)


@contextmanager
def page() -> Iterator[Page]:
    """Serve the page at an origin of its own."""
    own = Page()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Serve the page."""
            body = (HERE / "page.html").read_bytes()
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            """Take what the page tells."""
            said = json.loads(self.rfile.read(int(self.headers["content-length"])))
            own.told.append(said)
            if "refused" in said or said["status"] in {"completed", "failed", "cancelled"}:
                own.ended.set()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        own.origin = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield own
        finally:
            server.shutdown()
            thread.join()


def browse(daemon: Served, artist: str, folder: Path, own: Page, what: str, **asked: str) -> int:
    """Follow an import in Chromium while the daemon is killed; return the number of faults."""
    job = daemon.begin(artist)
    query = urlencode({"api": f"http://{daemon.api}", "job": job, **asked})
    command = [shutil.which("chromium") or "chromium", "--headless=new", "--no-sandbox", "--disable-gpu"]
    command += [f"--user-data-dir={folder}", f"{own.origin}/?{query}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            deadline = time.monotonic() + 60
            while not own.told and time.monotonic() < deadline:
                time.sleep(0.02)
            daemon.restart()
            own.ended.wait(120)
        finally:
            browser.terminate()
    seqs = [one.get("seq", 0) for one in own.told]
    last = own.told[-1] if own.told else {}
    holds = sorted(set(seqs)) == sorted(seqs) and last.get("status") == "completed" and len(seqs) > 1
    print(
        f"{'seen' if holds else 'fault':<6} {what}: {len(seqs)} events over a kill -9, the last is {last}", flush=True
    )
    return int(not holds)


def main() -> int:
    """Prove it."""
    faults = 0
    universe = Universe(1, 300)
    names = [universe.artist(index).name for index in range(300)]
    artists = [name for name in names if names.count(name) == 1]
    with tempfile.TemporaryDirectory(prefix="thesetd-web-") as name, ExitStack() as stack:
        folder, token = Path(name), secrets.token_urlsafe(33)
        (folder / "sandbox").mkdir()
        limits = (
            "--spotify-limits=none",
            "--ticketmaster-limits=none",
            "--setlistfm-limits=none",
        )  # nor has the daemon
        sandboxes = open_sandbox(folder / "sandbox", "--latency", "0.1", *limits)
        sandbox = next(sandboxes)
        stack.callback(next, sandboxes, None)
        changing = stack.enter_context(changing_world(sandbox.base))
        changing.change = world = World()
        own = stack.enter_context(page())
        places = {key: value.replace(sandbox.base, changing.base) for key, value in sandbox.environ.items()}
        daemon = Served(folder / "state", clean_environ(folder) | NO_LIMITS | places)
        stack.callback(daemon.end)
        tokens = {"THESETD_HTTP__TOKENS": f"web read,import {token}", "THESETD_HTTP__ORIGINS": own.origin}
        daemon.start(**tokens)
        (folder / "app").mkdir()
        if missing := installed(folder / "app"):
            print(f"skipped: the Node program: {missing} absent")
        else:
            ways: dict[str, dict[str, str]] = {
                "the socket": {"socket": str(daemon.socket)},
                "TCP with a token": {"url": f"http://{daemon.api}", "token": token},
            }
            if shutil.which("nginx", path="/usr/sbin:/usr/bin"):
                proxy = stack.enter_context(nginx(folder / "nginx", daemon.api))
                wait_for(f"http://{proxy}/openapi.json", "nginx")
                ways["nginx"] = {"url": f"http://{proxy}", "token": token}
            else:
                print("skipped: the Node program through nginx: nginx absent")
            for number, (way, place) in enumerate(ways.items()):
                print(f"-- a Node program over {way}", flush=True)
                faults += program(daemon, world, folder / "app", place, artists[number])
        if shutil.which("chromium") is None:
            print("skipped: the page in a browser: chromium absent")
        else:
            print("-- a page of another origin", flush=True)
            faults += browse(daemon, artists[4], folder / "one", own, "fetch with a token", token=token)
            daemon.end()
            daemon.start(THESETD_HTTP__TOKENS="")  # the API is read only then, and open to pages of the origin
            own.told, own.ended = [], threading.Event()
            faults += browse(daemon, artists[5], folder / "two", own, "EventSource without a token")
    print("the web's side holds" if not faults else f"{faults} faults")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
