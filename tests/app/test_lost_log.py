"""A daemon whose log cannot be written lives on, and counts what is lost."""

import os
import re
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from patience import LONGEST_S
from programs import NO_LIMITS, PROGRAMS, Daemon, Running, clean_environ
from real import until

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("closed", marks=pytest.mark.case(38)),
        pytest.param("full", marks=pytest.mark.case(39)),
        pytest.param("reader gone", marks=pytest.mark.case(38)),
    ],
)
def test_a_broken_log_is_no_reason_to_die(
    folder: Path,
    database_dsn: str,
    empty_redis: str,
    synthetic_sandbox: Any,
    synthetic_artist: str,
    free_port: int,
    broken: str,
    seen: Any,
) -> None:
    """With standard output and error closed, full or without a reader it imports, and the lost lines are counted."""
    servers = {"DATABASE_URL": database_dsn, "REDIS_URL": empty_redis, "THESETD_HTTP__LISTEN": f"127.0.0.1:{free_port}"}
    environ = clean_environ(folder) | NO_LIMITS | synthetic_sandbox.environ | servers | {"THESETD_LOG__LEVEL": "debug"}
    command = [str(PROGRAMS / "thesetd"), "run", "--json", "--state-dir", str(folder / "state")]
    redirected = {"closed": "<&- >&- 2>&-", "full": ">/dev/full 2>/dev/full", "reader gone": ""}[broken]
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        ["sh", "-c", f'exec "$@" {redirected}', "sh", *command], env=environ, stdout=writing, stderr=writing
    )
    os.close(writing)
    ready = Daemon(Running(process, folder / "none"), folder / "state" / "thesetd.sock", {}, environ)
    try:
        until(lambda: ready.ctl("health").returncode == 0)
        assert ready.ctl("import", synthetic_artist, "--follow").returncode == 0
        assert ready.ctl("reload").returncode == 0
        with urllib.request.urlopen(f"http://{environ['THESETD_HTTP__LISTEN']}/metrics", timeout=LONGEST_S) as answer:
            (lost,) = re.findall(r"(?m)^thesetd_log_lines_lost_total (\S+)$", answer.read().decode())
        assert float(lost) > 0
        assert process.poll() is None
    finally:
        process.terminate()
        assert process.wait(LONGEST_S) == 0
    seen(f"{broken}: an import, {float(lost):.0f} lines lost and counted, exit 0")
