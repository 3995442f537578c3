"""A receiver of webhooks that answers every message with one status, for causes of alerts."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class AnsweringReceiver:
    """Listens from the start until it is closed; `url` is where messages go."""

    def __init__(self, status: int) -> None:
        """Start it."""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Read a message and answer it."""
                self.rfile.read(int(self.headers["content-length"]))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
