from pathlib import Path

import pytest

from thesetd.domain.places import control_socket, control_sockets, state_dir


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "XDG_STATE_HOME": "/x", "HOME": "/h"}, "/var/lib/a"),
        ({"STATE_DIRECTORY": "", "XDG_STATE_HOME": "/x", "HOME": "/h"}, "/x/thesetd"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/thesetd"),
        ({"HOME": "/h"}, "/h/.local/state/thesetd"),
        ({}, "/var/lib/thesetd"),
    ],
)
def test_state_dir(environ: dict[str, str], expected: str):
    """The state directory is systemd's, else XDG's, else in the home, else the system's."""
    assert state_dir(environ) == Path(expected)


def test_control_socket():
    """The daemon binds in systemd's runtime directory, else in its state directory."""
    assert control_socket({"RUNTIME_DIRECTORY": "/run/a:/run/b"}, Path("/s")) == Path("/run/a/thesetd.sock")
    assert control_socket({}, Path("/s")) == Path("/s/thesetd.sock")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"THESETD_CONTROL__SOCKET": "/named", "RUNTIME_DIRECTORY": "/r", "HOME": "/h"}, ["/named"]),
        (
            {"RUNTIME_DIRECTORY": "/r", "XDG_RUNTIME_DIR": "/run/user/1", "HOME": "/h"},
            [
                "/r/thesetd.sock",
                "/run/thesetd/thesetd.sock",
                "/run/user/1/thesetd/thesetd.sock",
                "/h/.local/state/thesetd/thesetd.sock",
            ],
        ),
        ({"HOME": "/h"}, ["/run/thesetd/thesetd.sock", "/h/.local/state/thesetd/thesetd.sock"]),
    ],
)
def test_control_sockets(environ: dict[str, str], expected: list[str]):
    """A command looks at the named place only, else at every place where a daemon may listen, best first."""
    assert list(control_sockets(environ)) == [Path(place) for place in expected]


@pytest.mark.parametrize("environ", [{"RUNTIME_DIRECTORY": "/r"}, {"HOME": "/h"}, {"STATE_DIRECTORY": "/s"}])
def test_command_finds_the_daemon(environ: dict[str, str]):
    """Where the daemon binds by default is among the places where the command looks."""
    assert control_socket(environ, state_dir(environ)) in control_sockets(environ)
