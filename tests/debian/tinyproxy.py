"""Debian's tinyproxy: an HTTP proxy as companies have it, with a user and a password."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from debian.processes import Process, listens, program
from loopback import free_port

USER, PASSWORD = "daemon", "pr0xy-w0rd"


@attrs.frozen
class Tinyproxy:
    """One tinyproxy that runs."""

    folder: Path
    port: int

    def address(self, password: str = PASSWORD) -> str:
        """Where it listens, with user and password."""
        return f"http://{USER}:{password}@127.0.0.1:{self.port}"

    def connections(self) -> int:
        """Count the requests that it has let through."""
        return (self.folder / "proxy.log").read_text().count("Established connection to host")


@contextmanager
def tinyproxy(folder: Path) -> Iterator[Tinyproxy]:
    """Run a tinyproxy that lets its user through to every port."""
    made = Tinyproxy(folder, free_port())
    configuration = folder / "tinyproxy.conf"
    configuration.write_text(
        f'Port {made.port}\nListen 127.0.0.1\nTimeout 60\nLogFile "{folder}/proxy.log"\nLogLevel Connect\n'
        f"MaxClients 50\nAllow 127.0.0.1\nBasicAuth {USER} {PASSWORD}\n"
    )
    process = Process(command=[program("tinyproxy"), "-d", "-c", str(configuration)], log=folder / "tinyproxy.out")
    process.start(lambda: listens(made.port))
    try:
        yield made
    finally:
        process.stop()
