"""thesetctl over TCP: with a token, with TLS, and what it says if there is no way in."""

import json
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from debian.certificates import Authority
from thesetd.adapters.web.access.tokens import TokenAccess, parse_tokens
from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.serve import serve_tcp, tls_context
from thesetd.ctl.cli import main
from thesetd.ctl.doors import UrlDoor

SECRET, READER = "q2v9Lw7hXk3mBd5TzRc8NfJp", "8NfJpq2v9Lw7hXk3mBd5TzRc"
TOKENS = parse_tokens(f"all read,import,operate {SECRET}\nreader read {READER}")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return a private authority, without which there is no TLS to try."""
    try:
        subprocess.run(["openssl", "version"], check=True, capture_output=True)
    except OSError:
        pytest.skip("needs openssl")
    return Authority.found(tmp_path_factory.mktemp("ca"))


@pytest.fixture(params=["http", "https"])
def url(request: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of an API over the daemon in memory."""
    tls: ssl.SSLContext | None = None
    if request.param == "https":
        authority = request.getfixturevalue("authority")
        tls = tls_context(*authority.issue("localhost", alternative="IP:127.0.0.1"))
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    app = control_app(server.daemon.surface, access=TokenAccess(TOKENS))
    address = server.serve(lambda task_status: serve_tcp(app, "127.0.0.1", 0, tls=tls, task_status=task_status))
    return f"{request.param}://{address}"


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """Return the file of a token with every scope."""
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    return file


def thesetctl(*arguments: str, **environ: str) -> Result:
    """Run the command."""
    return CliRunner(env=environ).invoke(main, arguments, prog_name="thesetctl")


def test_an_import_is_followed_to_its_end(url: str, token: Path, server: Any) -> None:
    """As over the socket: the reply, each event, and the exit code; also by the environment."""

    async def play(job_id: Any) -> None:
        server.daemon.finish(job_id)

    server.on_follow(play)
    done = thesetctl("--url", url, "--token-file", str(token), "--json", "import", "Gorillaz", "--follow")
    reply, *events = map(json.loads, done.stdout.splitlines())
    assert (done.exit_code, reply["slug"]) == (0, "gorillaz")
    assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6]
    shown = thesetctl("status", "1", THESETCTL_URL=f"{url}/", THESETCTL_TOKEN_FILE=str(token))
    assert (shown.exit_code, "completed (100 %)" in shown.output) == (0, True)


def test_a_shell_completes_from_the_address(url: str, token: Path) -> None:
    """The values are those of the daemon that the options name."""
    shell = ShellComplete(main, {}, "thesetctl", "_THESETCTL_COMPLETE")
    words = ["--url", url, "--token-file", str(token), "limits", "set"]
    assert [item.value for item in shell.get_completions(words, "spo")] == ["spotify"]


def test_refusals_say_what_is_missing(url: str, token: Path) -> None:
    """A missing, an unknown and a weak token each have their line, which shows nothing of it."""
    assert "send a token" in thesetctl("--url", url, "jobs").stderr
    token.write_text("q2v9Lw7hXk3mBd5TzRc8NfJx")
    unknown = thesetctl("--url", url, "--token-file", str(token), "jobs")
    assert (unknown.exit_code, "the token is unknown" in unknown.stderr) == (1, True)
    token.write_text(READER)
    weak = thesetctl("--url", url, "--token-file", str(token), "pause", "spotify", "--no-wait")
    assert (weak.exit_code, "this needs the scope operate, token reader has read" in weak.stderr) == (1, True)
    assert READER not in weak.output + weak.stderr


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://localhost:1", "no daemon listens at https://localhost:1"),
        ("http://no-such-host.invalid:1", "no host 'no-such-host.invalid' is known"),
    ],
)
def test_no_way_in(url: str, text: str) -> None:
    """Exit code 3, and what to check."""
    done = thesetctl("--url", url, "jobs")
    assert (done.exit_code, text in done.stderr) == (3, True), done.stderr


def test_a_certificate_that_nobody_trusts(authority: Authority, server: Any) -> None:
    """The line says how to trust it."""
    tls = tls_context(*authority.issue("localhost", alternative="IP:127.0.0.1"))
    app = control_app(server.daemon.surface)
    address = server.serve(lambda task_status: serve_tcp(app, "127.0.0.1", 0, tls=tls, task_status=task_status))
    done = thesetctl("--url", f"https://{address}", "jobs", SSL_CERT_FILE="")
    assert (done.exit_code, "trust its authority with SSL_CERT_FILE" in done.stderr) == (3, True), done.stderr


@pytest.mark.parametrize("url", ["theset.example", "ftp://x", "https://", "https://u:p@x", "https://x?token=1"])
def test_what_is_no_address(url: str) -> None:
    """A URL of another form is a fault of the command line."""
    assert thesetctl("--url", url, "jobs").exit_code == 2


@pytest.mark.parametrize("token", ["", "two words", "caf\u00e9", "a\nb"])
def test_what_is_no_token(token: str) -> None:
    """The file's content is never shown."""
    with pytest.raises(ValueError, match="must contain the token and nothing else"):
        UrlDoor("https://x", token)
