"""A server before the sandbox that changes what the providers say, from the moment on that it is told to."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs

from patience import LONGEST_S

Change = Callable[[Any], Any]


@attrs.define
class ChangingWorld:
    """Where the server listens, and what it does to every JSON object in an answer; nothing at first."""

    base: str
    change: Change = lambda found: found


@contextmanager
def changing_world(sandbox: str) -> Iterator[ChangingWorld]:
    """Run the server before a sandbox (its address, http://host:port)."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
            with_sandbox = http.client.HTTPConnection(sandbox.removeprefix("http://"), timeout=LONGEST_S)
            try:
                with_sandbox.request(self.command, self.path, body, headers)
                answer = with_sandbox.getresponse()
                changed = json.dumps(json.loads(answer.read(), object_hook=world.change)).encode()
            finally:
                with_sandbox.close()
            self.send_response(answer.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(changed)))
            self.end_headers()
            self.wfile.write(changed)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        world = ChangingWorld(f"http://127.0.0.1:{listening.server_port}")
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield world
        finally:
            listening.shutdown()
            thread.join()
