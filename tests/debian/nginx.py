"""Debian's nginx as a reverse proxy with a bare `proxy_pass`; its access log says what it was asked for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from debian.processes import Process, listens, program
from loopback import free_port

# Nothing about proxying but proxy_pass; gzip is on, as in Debian's own file, and for streams as well.
_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    gzip on;
    gzip_types text/event-stream application/json;
    log_format plain '$request_method $request_uri $status';
    access_log {folder}/access.log plain;
    server {{
        listen 127.0.0.1:{port}{tls};
        location / {{ proxy_pass {upstream}; }}
        location = /page {{ default_type text/html; alias {folder}/page.html; }}
        location /report {{ return 204; }}
    }}
}}
"""


@attrs.frozen
class Nginx:
    """One nginx that runs."""

    folder: Path
    port: int
    scheme: str = "http"

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def requests(self) -> list[str]:
        """List what it was asked for and has answered: method, target, status."""
        return (self.folder / "access.log").read_text().splitlines()


@contextmanager
def proxy(folder: Path, upstream: str, certificate: tuple[Path, Path] | None = None) -> Iterator[Nginx]:
    """Run nginx before an upstream: "http://host:port" or "http://unix:/path:"; with a certificate and key over TLS."""
    made = Nginx(folder, free_port(), "https" if certificate else "http")
    tls = " ssl; ssl_certificate {}; ssl_certificate_key {}".format(*certificate) if certificate else ""
    user = "user root;" if os.geteuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(folder=folder, port=made.port, upstream=upstream, user=user, tls=tls)
    )
    command = [program("nginx"), "-p", str(folder), "-c", str(configuration), "-e", str(folder / "error.log")]
    process = Process(command=command, log=folder / "output")
    process.start(lambda: listens(made.port))
    try:
        yield made
    finally:
        process.stop()
