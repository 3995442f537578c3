"""Implements the protocol between a service and systemd: readiness, watchdog, shutdown.

It sends the datagrams of sd_notify(3) directly, without a library. Notification is best effort by design: without
NOTIFY_SOCKET every call is a no-op, and nothing here raises or blocks.
"""

import os
import socket
import time
from collections.abc import Mapping

MICROSECONDS = 1_000_000


class Notifier:
    """Notifies the service manager. Each call returns whether a manager received it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self._watchdog_s = _watchdog_s(environ)

    @property
    def watchdog_interval_s(self) -> float | None:
        """Half of the manager's watchdog timeout; None if it does not watch this process.

        Source: sd_watchdog_enabled(3) recommends to ping each half of WATCHDOG_USEC.
        """
        return self._watchdog_s / 2 if self._watchdog_s else None

    def ready(self, status: str) -> bool:
        """Report that the service is ready, after the start and after each reload."""
        return self._send("READY=1", f"STATUS={_line(status)}", f"MAINPID={os.getpid()}")

    def status(self, text: str) -> bool:
        """Set the line that `systemctl status` shows."""
        return self._send(f"STATUS={_line(text)}")

    def reloading(self) -> bool:
        """Report that the configuration is being reloaded; `ready` ends it.

        Source: sd_notify(3): the time is that of CLOCK_MONOTONIC.
        """
        moment_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        return self._send("RELOADING=1", f"MONOTONIC_USEC={moment_us}")

    def reloaded(self) -> bool:
        """Report that the reload is over."""
        return self._send("READY=1")

    def extend(self, seconds: float) -> bool:
        """Request this much time from now on, while the service starts."""
        return self._send(f"EXTEND_TIMEOUT_USEC={seconds * MICROSECONDS:.0f}")

    def stopping(self, status: str) -> bool:
        """Report that the service is stopping."""
        return self._send("STOPPING=1", f"STATUS={_line(status)}")

    def watchdog(self) -> bool:
        """Send a keep-alive to systemd every `watchdog_interval_s`."""
        return self._send("WATCHDOG=1")

    def _send(self, *assignments: str) -> bool:
        if self._address is None:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
                channel.setblocking(False)  # a manager that does not read must not stop the service
                channel.connect(self._address)
                channel.send("\n".join(assignments).encode("utf-8", "replace"))
        except OSError:
            return False
        return True


def _line(text: str) -> str:
    """Keep a text on one line: a line end in it would begin a new assignment."""
    return " ".join(text.split())


def _address(path: str) -> str | None:
    """Return the socket's address; an @ stands for the abstract namespace, other kinds (vsock) are not supported."""
    if path.startswith("@"):
        return "\0" + path[1:]
    return path if path.startswith("/") else None


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    """Return the manager's watchdog timeout, if it watches this process."""
    try:
        patience_us = int(environ.get("WATCHDOG_USEC", ""))
        watched = int(environ.get("WATCHDOG_PID") or os.getpid())
    except ValueError:
        return None
    return patience_us / MICROSECONDS if patience_us > 0 and watched == os.getpid() else None
