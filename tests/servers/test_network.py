"""Company networks: TLS that is inspected, and proxies; with nginx and tinyproxy between the daemon and the sandbox."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import proxies
from debian.certificates import Authority
from debian.nginx import Nginx, proxy
from debian.tinyproxy import PASSWORD, Tinyproxy, tinyproxy
from loopback import free_port
from patience import LONGEST_S
from programs import Daemon, Sandbox, StartDaemon, thesetd
from server_table import Seen

pytestmark = pytest.mark.real
PROVIDERS = ("spotify", "ticketmaster", "setlistfm")


@pytest.fixture
def inspected(folder: Path, sandbox: Sandbox, authority: Authority) -> Iterator[Nginx]:
    """Run nginx before the sandbox, with a certificate that a private authority has signed."""
    home = folder / "nginx"
    home.mkdir()
    with proxy(home, sandbox.base, authority.issue("api.test", alternative="IP:127.0.0.1")) as running:
        yield running


@pytest.fixture
def servers(redis_server: str, database_dsn: str, sandbox: Sandbox, inspected: Nginx) -> dict[str, str]:
    """Return the variables of a daemon whose providers are behind nginx."""
    behind = {name: value.replace(sandbox.base, inspected.address) for name, value in sandbox.environ.items()}
    return {"DATABASE_URL": database_dsn, "REDIS_URL": redis_server, **behind}


def every(key: str, value: object) -> dict[str, str]:
    """Return a key of every provider."""
    return {f"THESETD_PROVIDERS__{name.upper()}__{key}": str(value) for name in PROVIDERS}


def is_asked(daemon: Daemon, sandbox: Sandbox, artist: str) -> int:
    """Import an artist; say how many calls have arrived at Spotify for it."""
    mark = sandbox.mark()
    done = daemon.ctl("--json", "import", artist)
    assert done.returncode == 0, done.stderr
    return len(sandbox.calls("spotify", mark))


def is_told(daemon: Daemon, words: str, *, logged: bool = True) -> str:
    """Wait until readiness and health say why Spotify is not asked; give the text."""
    deadline = time.monotonic() + LONGEST_S
    while words not in (text := json.loads(daemon.get("/readyz")[1])["checks"].get("provider spotify", "")):
        assert time.monotonic() < deadline, f"{text}\n{daemon.running.log()}"
        time.sleep(0.1)
    assert not logged or words in daemon.running.log()
    assert words.split(":", maxsplit=1)[0] in " ".join(daemon.ctl("health").stdout.split())
    return str(text)


@pytest.mark.case(42)
@pytest.mark.parametrize("how", ["ca_file", "SSL_CERT_FILE"])
def test_a_private_authority_is_trusted_where_it_is_named(
    servers: dict[str, str], sandbox: Sandbox, artists: list[str], authority: Authority, start_daemon: StartDaemon,
    seen: Seen, how: str,
) -> None:  # fmt: skip
    """Calls arrive through TLS that a company inspects."""
    named = every("CA_FILE", authority.certificate) if how == "ca_file" else {how: str(authority.certificate)}
    daemon = start_daemon(None, **servers, **named)
    assert is_asked(daemon, sandbox, artists[1]) > 0
    seen(f"{how}: connects")


@pytest.mark.case(42)
def test_a_certificate_that_nobody_trusts_is_told(
    servers: dict[str, str], sandbox: Sandbox, artists: list[str], start_daemon: StartDaemon, seen: Seen
) -> None:
    """Without either the provider is held, and log and health say why; the import waits."""
    daemon = start_daemon(None, **servers)
    assert is_asked(daemon, sandbox, artists[2]) == 0
    seen(f"neither: {is_told(daemon, 'certificate not trusted: ')}")


@pytest.mark.in_full
@pytest.mark.case(42)
def test_a_certificate_for_another_name_is_told(
    folder: Path, servers: dict[str, str], sandbox: Sandbox, artists: list[str], authority: Authority,
    start_daemon: StartDaemon, seen: Seen,
) -> None:  # fmt: skip
    """The authority is right and the name is not."""
    home = folder / "other"
    home.mkdir()
    with proxy(home, sandbox.base, authority.issue("other.test")) as other:
        spotify = {"THESETD_PROVIDERS__SPOTIFY__BASE_URL": f"{other.address}/spotify/v1"}
        tokens = {"THESETD_PROVIDERS__SPOTIFY__TOKEN_URL": f"{other.address}/spotify/api/token"}
        daemon = start_daemon(None, **servers | spotify | tokens, **every("CA_FILE", authority.certificate))
        assert is_asked(daemon, sandbox, artists[3]) == 0
        seen(f"another name: {is_told(daemon, 'certificate is for another name')}")


@pytest.mark.in_full
@pytest.mark.case(42)
def test_an_expired_certificate_is_told(
    folder: Path, servers: dict[str, str], sandbox: Sandbox, artists: list[str], authority: Authority,
    start_daemon: StartDaemon, seen: Seen,
) -> None:  # fmt: skip
    """The authority and the name are right, the time is not."""
    home = folder / "old"
    home.mkdir()
    with proxy(home, sandbox.base, authority.issue("old.test", alternative="IP:127.0.0.1", days=-1)) as old:
        spotify = {"THESETD_PROVIDERS__SPOTIFY__BASE_URL": f"{old.address}/spotify/v1"}
        tokens = {"THESETD_PROVIDERS__SPOTIFY__TOKEN_URL": f"{old.address}/spotify/api/token"}
        daemon = start_daemon(None, **servers | spotify | tokens, **every("CA_FILE", authority.certificate))
        assert is_asked(daemon, sandbox, artists[9]) == 0
        seen(f"expired: {is_told(daemon, 'certificate not trusted: certificate has expired')}")


@pytest.mark.case(42)
def test_a_mistyped_file_of_certificates_ends_the_start(folder: Path, seen: Seen) -> None:
    """78 and one line that names the variable and the path."""
    done = thesetd(folder, "run", "--state-dir", f"{folder}/state", SSL_CERT_FILE="/absent/company.pem")
    (line,) = done.stderr.splitlines()
    assert (done.returncode, "SSL_CERT_FILE: /absent/company.pem cannot be used" in line) == (78, True)
    seen(f"SSL_CERT_FILE that is not there: 78, {line}")


@pytest.fixture
def tiny(folder: Path) -> Iterator[Tinyproxy]:
    """Run tinyproxy."""
    home = folder / "tinyproxy"
    home.mkdir()
    with tinyproxy(home) as running:
        yield running


@pytest.mark.case(43)
def test_a_proxy_is_used_where_it_is_said_and_only_there(
    servers: dict[str, str], sandbox: Sandbox, artists: list[str], authority: Authority, tiny: Tinyproxy,
    start_daemon: StartDaemon, seen: Seen,
) -> None:  # fmt: skip
    """Spotify is asked through it; the others are not, and neither is anybody because of HTTPS_PROXY."""
    trusted = every("CA_FILE", authority.certificate)
    environ = {name: tiny.address() for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY")}
    daemon = start_daemon(None, **servers, **trusted, **environ)
    assert is_asked(daemon, sandbox, artists[4]) > 0
    assert tiny.connections() == 0
    seen("HTTPS_PROXY alone: not used")
    daemon.running.stop()
    daemon = start_daemon(None, **servers, **trusted, THESETD_PROVIDERS__SPOTIFY__PROXY=tiny.address())
    assert is_asked(daemon, sandbox, artists[5]) > 0
    assert tiny.connections() > 0
    assert PASSWORD not in daemon.running.log()
    seen(f"named for Spotify: {tiny.connections()} connections through it")


@pytest.mark.case(43)
def test_a_proxy_that_refuses_is_told(
    servers: dict[str, str], sandbox: Sandbox, artists: list[str], authority: Authority, tiny: Tinyproxy,
    start_daemon: StartDaemon, seen: Seen,
) -> None:  # fmt: skip
    """A wrong password at the proxy is told as such, not as an outage of the provider."""
    wrong = {"THESETD_PROVIDERS__SPOTIFY__PROXY": tiny.address("wr0ng")}
    daemon = start_daemon(None, **servers, **every("CA_FILE", authority.certificate), **wrong)
    assert is_asked(daemon, sandbox, artists[6]) == 0
    seen(is_told(daemon, "the proxy refuses our credentials"))
    assert "wr0ng" not in daemon.running.log()


@pytest.mark.in_full
@pytest.mark.case(43)
def test_a_proxy_that_answers_407_is_told(
    servers: dict[str, str], sandbox: Sandbox, artists: list[str], authority: Authority, start_daemon: StartDaemon,
    seen: Seen,
) -> None:  # fmt: skip
    """Squid's refusal is read as tinyproxy's is."""
    with proxies.refusing() as port:
        wrong = {"THESETD_PROVIDERS__SPOTIFY__PROXY": f"http://daemon:wr0ng-w0rd@127.0.0.1:{port}"}
        daemon = start_daemon(None, **servers, **every("CA_FILE", authority.certificate), **wrong)
        assert is_asked(daemon, sandbox, artists[10]) == 0
        seen(is_told(daemon, "the proxy refuses our credentials (407)"))
        assert "wr0ng" not in daemon.running.log()


@pytest.mark.case(43)
def test_a_proxy_that_is_away_is_told(
    servers: dict[str, str], sandbox: Sandbox, artists: list[str], authority: Authority, start_daemon: StartDaemon,
    seen: Seen,
) -> None:  # fmt: skip
    """It is an outage that passes, and the proxy's, not the provider's."""
    away = {"THESETD_PROVIDERS__SPOTIFY__PROXY": f"http://daemon:{PASSWORD}@127.0.0.1:{free_port()}"}
    daemon = start_daemon(None, **servers, **every("CA_FILE", authority.certificate), **away)
    assert daemon.ctl("import", artists[11]).returncode == 0
    words = "the proxy does not answer (connection refused): see proxy"
    is_told(daemon, words, logged=False)
    assert PASSWORD not in daemon.ctl("why", "1").stdout + daemon.running.log()
    seen(words)


@pytest.mark.case(43)
def test_a_proxy_is_reached_over_tls(
    servers: dict[str, str], sandbox: Sandbox, artists: list[str], authority: Authority, tiny: Tinyproxy,
    start_daemon: StartDaemon, seen: Seen,
) -> None:  # fmt: skip
    """TLS to the provider within TLS to the proxy, both with the certificates of ca_file; without it that is told."""
    with proxies.over_tls(tiny.port, authority.issue("proxy.test", alternative="IP:127.0.0.1")) as port:
        said = {"THESETD_PROVIDERS__SPOTIFY__PROXY": f"https://daemon:{PASSWORD}@127.0.0.1:{port}"}
        daemon = start_daemon(None, **servers, **every("CA_FILE", authority.certificate), **said)
        assert is_asked(daemon, sandbox, artists[12]) > 0
        assert tiny.connections() > 0
        daemon.running.stop()
        daemon = start_daemon(None, **servers, **said)
        assert is_asked(daemon, sandbox, artists[13]) == 0
        seen(f"https:// proxy: works with ca_file; without: {is_told(daemon, 'certificate not trusted')}")
