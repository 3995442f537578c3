"""A webhook's receiver that fails half of the time, in every way that one can, and a reader of the change feed."""

import base64
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import attrs
from lives import Life
from standardwebhooks import Webhook, WebhookVerificationError

from thesetd.ctl.client import DaemonClient
from thesetd.ctl.doors import SocketDoor
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ports.surface import routes

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
TIMEOUT_S = 0.5
ENVIRON = {
    "THESETD_WEBHOOKS__THESET__SECRET": SECRET,
    "THESETD_WEBHOOKS__THESET__PRIVATE": "true",
    "THESETD_WEBHOOKS__THESET__TIMEOUT_S": str(TIMEOUT_S),
    "THESETD_WEBHOOKS__THESET__RETRY_S": "0.05",
}
FAILING = 0.5
PAGE = 50


@attrs.define
class Receiver:
    """What came: `taken` holds each message that was taken for the first time, in that order, by its id."""

    rng: random.Random
    taken: dict[str, Any] = attrs.field(factory=dict)
    again: int = 0
    ways: Counter[str] = attrs.field(factory=Counter)
    faults: list[str] = attrs.field(factory=list)
    port: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    @property
    def environ(self) -> dict[str, str]:
        """Return what leads a daemon here."""
        return {**ENVIRON, "THESETD_WEBHOOKS__THESET__URL": f"http://127.0.0.1:{self.port}/hook"}

    def receive(self, headers: dict[str, str], body: bytes) -> str:
        """Take a message or fail; return the way."""
        try:
            message = Webhook(SECRET).verify(body, headers)
        except WebhookVerificationError as error:
            self.faults.append(f"a signature does not hold: {error}")
            return "takes"
        with self._lock:
            way = self.rng.choice(FAILURES) if self.rng.random() < FAILING else "takes"
            self.ways[way] += 1
            if way in TAKING:
                known = self.taken.setdefault(headers["webhook-id"], message)
                self.again += known is not message
                if known != message:
                    self.faults.append(f"{headers['webhook-id']} says something else than before")
        return way


FAILURES = ("refuses", "is busy", "redirects", "hangs up", "is slow", "takes it and hangs up", "takes it too slowly")
TAKING = {"takes", "takes it and hangs up", "takes it too slowly"}
_STATUS = {"takes": 204, "refuses": 500, "is busy": 429, "redirects": 302}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        """Answer one message."""
        body = self.rfile.read(int(self.headers["content-length"]))
        if len(body) < int(self.headers["content-length"]):  # its sender was killed
            return
        way = self.receiver.receive({name.lower(): value for name, value in self.headers.items()}, body)
        if "slow" in way:
            time.sleep(2 * TIMEOUT_S)
        self.close_connection = way not in _STATUS
        if way in _STATUS:
            self.send_response(_STATUS[way])
            if way == "redirects":
                self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's
        """Print nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Print nothing: senders are killed."""


@contextmanager
def receiving(seed: int) -> Iterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver(random.Random(seed))
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": receiver})) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def pages(life: Life, since: int) -> tuple[list[Any], int]:
    """Read the change feed to its end, page by page; return what it holds and where to go on.

    Raises:
        Unreachable, Broken, ProblemReply: the daemon is gone or cannot read now.
    """
    found = []
    daemon = DaemonClient(SocketDoor(life.folder / "thesetd.sock"))
    while True:
        page = daemon.ask(routes.LIST_CHANGES, query=[("since", since), ("limit", PAGE)])
        found += page.raw["changes"]
        if page["next"] == since:
            return found, since
        since = page["next"]


class Follower:
    """A consumer of `GET /changes/stream` that resumes after every kill; `changes` is what it received."""

    def __init__(self, life: Callable[[], Life | None]) -> None:
        """Take the way to the life of the moment."""
        self.changes: list[Any] = []
        self.connections = 0
        self._life = life
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def last(self) -> int:
        """Return the number of the change that it received last."""
        return self.changes[-1]["seq"] if self.changes else 0

    def _follow(self) -> None:
        while not self._over.wait(0.02):
            if (life := self._life()) is None:
                continue
            daemon = DaemonClient(SocketDoor(life.folder / "thesetd.sock"))
            try:
                with daemon.stream(routes.FOLLOW_CHANGES.at(), self.last) as changes:
                    self.connections += 1
                    for change in changes:
                        self.changes += [] if change is None else [change]
                        if self._over.is_set():
                            return
            except (Unreachable, Broken, ProblemReply):
                continue
