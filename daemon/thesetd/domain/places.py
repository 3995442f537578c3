"""Decides where the daemon keeps its state and its control socket, from the environment alone.

One rule serves two programs: the daemon binds `control_socket`, the command tries `control_sockets` in order.
Variables: systemd.exec(5) for STATE_DIRECTORY and RUNTIME_DIRECTORY (colon-separated if a unit names several), XDG Base
Directory Specification 0.8 for the others (relative paths there must be ignored).
"""

from collections.abc import Mapping
from pathlib import Path

MAX_PATH_BYTES = 107  # longest path of a socket: sun_path has 108 bytes with the final NUL, unix(7)
SOCKET_NAME = "thesetd.sock"
SYSTEM_SOCKET = Path("/run/thesetd") / SOCKET_NAME
_SYSTEM_STATE = Path("/var/lib/thesetd")


def state_dir(environ: Mapping[str, str]) -> Path:
    """Return the state directory: systemd's, else XDG's, else ~/.local/state/thesetd, else (no home) the system's."""
    if given := _first(environ, "STATE_DIRECTORY"):
        return given
    if state_home := _absolute(environ, "XDG_STATE_HOME"):
        return state_home / "thesetd"
    if home := _absolute(environ, "HOME"):
        return home / ".local" / "state" / "thesetd"
    return _SYSTEM_STATE


def control_socket(environ: Mapping[str, str], state_dir: Path) -> Path:
    """Return the daemon's own default: systemd's runtime directory, else the state directory."""
    return (_first(environ, "RUNTIME_DIRECTORY") or state_dir) / SOCKET_NAME


def control_sockets(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the places where a command looks for a daemon, best first; a configured place is the only one."""
    if named := environ.get("THESETD_CONTROL__SOCKET"):
        return (Path(named),)
    runtime = _first(environ, "RUNTIME_DIRECTORY")
    session = _absolute(environ, "XDG_RUNTIME_DIR")
    return (
        *((runtime / SOCKET_NAME,) if runtime else ()),
        SYSTEM_SOCKET,
        *((session / "thesetd" / SOCKET_NAME,) if session else ()),
        state_dir(environ) / SOCKET_NAME,
    )


def _first(environ: Mapping[str, str], name: str) -> Path | None:
    first = environ.get(name, "").split(":")[0]
    return Path(first) if first else None


def _absolute(environ: Mapping[str, str], name: str) -> Path | None:
    path = environ.get(name, "")
    return Path(path) if path.startswith("/") else None
