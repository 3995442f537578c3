"""What orchestrators and shells put into the environment beside the daemon's keys, with the real daemon."""

import json
from pathlib import Path

import pytest

from exploring import sample
from programs import Sandbox, StartDaemon, thesetd
from server_table import Seen

pytestmark = pytest.mark.real
SERVICE = {
    "THESETD_PORT": "tcp://10.0.0.7:9464",
    "THESETD_SERVICE_HOST": "10.0.0.7",
    "THESETD_SERVICE_PORT_METRICS": "9464",
    "THESETD_PORT_9464_TCP": "tcp://10.0.0.7:9464",
}
LINK = {"THESETD_NAME": "/web/thesetd", "THESETD_ENV_LANG": "C", "THESETD_1_ENV_THESETD_LOG__LEVEL": "loud"}


@pytest.mark.case(13)
@pytest.mark.case(14)
@pytest.mark.parametrize("injected", sample([SERVICE, LINK], 2), ids=sample(["service", "link"], 2))
def test_a_daemon_starts_among_them(
    redis_server: str, database_dsn: str, sandbox: Sandbox, artists: list[str], start_daemon: StartDaemon, seen: Seen,
    injected: dict[str, str],
) -> None:  # fmt: skip
    """They are ignored, with one line at debug level, and an import completes."""
    daemon = start_daemon(
        sandbox, forked=False, DATABASE_URL=database_dsn, REDIS_URL=redis_server, THESETD_LOG__LEVEL="debug", **injected
    )
    done = daemon.ctl("import", artists[8], "--follow")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in daemon.running.log().splitlines()]
    (told,) = [line for line in lines if line["event"] == "EnvironmentIgnored"]
    assert (set(told["names"]), told["level"]) == (set(injected), "debug")
    seen(f"{', '.join(injected)}: ignored, one line at debug level; the import completes")


@pytest.mark.case(14)
def test_a_slip_ends_the_start(folder: Path, seen: Seen) -> None:
    """A mistyped section has two underscores: 78 and one line that names it."""
    done = thesetd(folder, "run", "--state-dir", f"{folder}/state", THESETD_LOGG__LEVEL="debug", **SERVICE)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, "logg: no such section or key" in line) == (78, True)
    seen(f"THESETD_LOGG__LEVEL: 78, {line}")
