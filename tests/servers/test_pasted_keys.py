"""Keys of providers as they are pasted: the calls carry the clean key, and what no header can carry ends the start."""

from pathlib import Path

import pytest

from programs import Sandbox, StartDaemon, thesetd
from server_table import Seen

pytestmark = pytest.mark.real
KEYS = ("CLIENT_ID", "CLIENT_SECRET", "API_KEY")
AROUND = {"U+200B": "{}\u200b", "double quotes": '"{}"', "typographic quotes": "“{}”", "CR and newline": "{}\r\n"}


@pytest.mark.case(40)
def test_pasted_keys_work(
    redis_server: str, database_dsn: str, sandbox: Sandbox, artists: list[str], start_daemon: StartDaemon, seen: Seen
) -> None:
    """An import completes through all three providers, each key wrapped in all of it at once."""
    wrapped = {name: value for name, value in sandbox.environ.items() if name.endswith(KEYS)}
    for around in AROUND.values():
        wrapped = {name: around.format(value) for name, value in wrapped.items()}
    assert wrapped
    mark = sandbox.mark()
    daemon = start_daemon(sandbox, DATABASE_URL=database_dsn, REDIS_URL=redis_server, **wrapped)
    done = daemon.ctl("import", artists[7], "--follow")
    assert done.returncode == 0, done.stderr
    for provider in ("spotify", "ticketmaster", "setlistfm"):
        assert {entry["status"] for entry in sandbox.calls(provider, mark)} <= {200, 404}
    seen(f"{', '.join(AROUND)}: taken off {len(wrapped)} keys; the import completes")


@pytest.mark.case(41)
def test_a_key_that_no_header_can_carry_ends_the_start(folder: Path, seen: Seen) -> None:
    """78 and one line with the key's name, for each provider and kind; nothing of the key."""
    for name in ("SPOTIFY_CLIENT_SECRET", "TICKETMASTER_API_KEY", "SETLISTFM_API_KEY"):
        for text in ("abc\tdef", "abc\u2014def"):
            done = thesetd(folder, "run", "--state-dir", f"{folder}/state", **{name: text})
            (line,) = done.stderr.splitlines()
            assert (done.returncode, "no header can carry" in line, "abc" in line) == (78, True, False)
    seen(f"78: {line}")
