"""Proxies that no package of Debian has: one that answers 407, and one that is reached over TLS."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

REFUSAL = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
    b'Proxy-Authenticate: Basic realm="company"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
)


@contextmanager
def refusing() -> Iterator[int]:
    """Yield the port of a proxy that wants other credentials, as Squid words it."""

    class Refuse(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline(8192).strip():
                continue
            self.wfile.write(REFUSAL)

    with _serving(Refuse) as port:
        yield port


@contextmanager
def over_tls(port: int, certificate: tuple[Path, Path]) -> Iterator[int]:
    """Yield the port at which an ordinary proxy is reached over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), context.wrap_socket(self.request, server_side=True) as near:
                near.settimeout(0.02)  # one thread moves bytes both ways: TLS sockets are not for two
                with socket.create_connection(("127.0.0.1", port)) as far:
                    far.settimeout(0.02)
                    while _moved(near, far) and _moved(far, near):
                        continue

    with _serving(Relay) as own:
        yield own


def _moved(giver: socket.socket, taker: socket.socket) -> bool:
    """Move what is there; say whether the giver is still open."""
    try:
        data = giver.recv(65536)
    except TimeoutError:
        return True
    taker.sendall(data)
    return bool(data)


@contextmanager
def _serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: a client that ends a connection is no error here."""

    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
