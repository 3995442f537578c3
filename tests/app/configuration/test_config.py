"""Configuration: defaults, layers, and faults that name their path."""

import tomllib
from pathlib import Path
from typing import Any

import attrs
import pytest

from thesetd.adapters.providers.registry import ENDPOINTS, PROVIDERS
from thesetd.app.configuration.config import Config, load
from thesetd.domain.errors import ConfigError
from thesetd.domain.gate.cache_policy import usual
from thesetd.domain.gate.windows import Window
from thesetd.domain.work.jobs import Lane
from thesetd.domain.work.schedules import DEFAULTS as SCHEDULES
from thesetd.domain.work.schedules import Schedule

DOCUMENTED = Path(__file__).parents[3] / "config" / "thesetd.toml"
ENVIRON = {"HOME": "/home/somebody"}


def written(folder: Path, text: str) -> Path:
    """Write a configuration file."""
    file = folder / "thesetd.toml"
    file.write_text(text)
    return file


def faults(folder: Path, text: str, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    """Return the faults of a file."""
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text), environ or ENVIRON)
    return caught.value.faults


def test_the_documented_file_states_the_defaults() -> None:
    """Reading config/thesetd.toml gives the same configuration as reading nothing."""
    assert load(DOCUMENTED, ENVIRON) == load(None, ENVIRON)


def test_the_documented_file_names_every_key() -> None:
    """Each field of each class stands in the file, set or commented out."""
    text = DOCUMENTED.read_text()
    table = tomllib.loads(text)
    sections = {
        f.name: f.type for f in attrs.fields(attrs.resolve_types(Config)) if f.eq and f.type and attrs.has(f.type)
    }
    assert sections.keys() >= {"node", "database", "redis", "control", "http", "log", "cache"}
    for section, cls in sections.items():
        missing = [f.name for f in attrs.fields(cls) if f"{f.name} = " not in text and f.name != "lifetimes"]
        assert (section in table, missing) == (True, [])
    assert {name: set(table) for name, table in table["cache"]["lifetimes"].items()} == {
        name: set(endpoints) for name, endpoints in usual(ENDPOINTS).items()
    }
    own = {f.name for f in attrs.fields(Schedule)} - {"name", "work", "target", "profiles"}
    assert {name: set(keys) for name, keys in table["schedules"].items()} == dict.fromkeys(SCHEDULES, own)
    for spec in PROVIDERS:
        block = text.split(f"[providers.{spec.name}]")[1].split("\n[")[0]
        assert [f.name for f in attrs.fields(spec.settings) if f"{f.name} = " not in block] == []


def test_environment_outranks_file_and_established_names_are_known(tmp_path: Path) -> None:
    """THESETD_ variables win over TheSet's names, those over the file, the file over defaults."""
    file = written(tmp_path, '[providers.spotify]\nclient_id = "file"\nclient_secret = "file"\nmarket = "DE"\n')
    environ = ENVIRON | {
        "SPOTIFY_CLIENT_ID": "theset",
        "SPOTIFY_CLIENT_SECRET": "theset",
        "THESETD_PROVIDERS__SPOTIFY__CLIENT_SECRET": "own",
        "THESETD_PROVIDERS__TICKETMASTER__COUNTRIES": "US, CA",
        "THESETD_PROVIDERS__SETLISTFM__LIMITS": "2/1s,50000/1d",
        "THESETD_SCHEDULES__SYNC_TRENDING__ENABLED": "off",
        "THESETD_SCHEDULES__SYNC_TRENDING__LANE": "low",
        "THESETD_CACHE__IMPORT_AGE_S": "60",
        "THESETD_CACHE__LIFETIMES__SPOTIFY__ARTIST_ALBUMS": "600",
        "THESETD_STATE_DIR": "/srv/thesetd",
        "DATABASE_URL": "postgresql://db/x",
    }
    config = load(file, environ)
    spotify = config.providers["spotify"]
    assert attrs.asdict(spotify, recurse=False)["client_id"] == "theset"
    assert attrs.asdict(spotify, recurse=False)["client_secret"] == "own"
    assert attrs.asdict(spotify, recurse=False)["market"] == "DE"
    assert attrs.asdict(config.providers["ticketmaster"], recurse=False)["countries"] == ("US", "CA")
    assert config.providers["setlistfm"].limits == (Window(2, 1.0), Window(50_000, 86_400.0))
    assert (config.schedules["sync-trending"].enabled, config.schedules["sync-trending"].lane) == (False, Lane.LOW)
    assert config.cache.import_age_s == 60.0
    albums = config.cache.lifetimes["spotify"]["artist-albums"]
    assert (albums.fresh_s, albums.refresh_s) == (600.0, 480.0)
    assert config.state_dir == Path("/srv/thesetd")
    assert config.database.dsn == "postgresql://db/x"


def test_secrets_may_be_files_or_credentials(tmp_path: Path) -> None:
    """`<key>_file` wins over a credential; both are stripped; neither shows in a repr."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "providers.setlistfm.api_key").write_text("from-credential\n")
    (credentials / "database.dsn").write_text("postgresql://credential/x\n")
    (tmp_path / "key").write_text("from-file\n")
    file = written(tmp_path, f'[providers.ticketmaster]\napi_key_file = "{tmp_path}/key"\n')
    config = load(file, ENVIRON | {"CREDENTIALS_DIRECTORY": str(credentials)})
    assert attrs.asdict(config.providers["ticketmaster"], recurse=False)["api_key"] == "from-file"
    assert attrs.asdict(config.providers["setlistfm"], recurse=False)["api_key"] == "from-credential"
    assert config.database.dsn == "postgresql://credential/x"
    assert "from-" not in repr(config)
    assert "credential/x" not in repr(config)


def test_every_fault_is_reported_at_once_with_its_path(tmp_path: Path) -> None:
    """Unknown sections and keys, wrong types, values, names: one line each, all together."""
    found = faults(
        tmp_path,
        """
        surprise = 1
        [http]
        listen = "nowhere"
        [log]
        level = "loud"
        levle = "info"
        [control]
        mode = "rw"
        [providers.spotify]
        limits = ["many"]
        concurrency = "x"
        secret = "?"
        [providers.lastfm]
        [cache]
        memory_bytes = -1
        refresh_part = 80
        size = 5
        [cache.lifetimes.spotify]
        artists = 60
        artist = -1
        album-tracks = { fresh = 60 }
        [cache.lifetimes.lastfm]
        [schedules.cleanup-old-data]
        cron = "* * *"
        [schedules.sync-trending]
        lane = "fast"
        [schedules.sync-moon]
        """,
    )
    text = "\n".join(sorted(found))
    for path in (
        "surprise: no such section",
        "http.listen: invalid address 'nowhere'",
        "log.level: ",
        "log.levle: no such key",
        "control.mode: invalid file mode 'rw'",
        "providers.spotify.limits: invalid limit 'many'",
        "providers.spotify.concurrency: expected a number, not 'x'",
        "providers.spotify.secret: no such key",
        "providers.lastfm: no such provider",
        "cache.memory_bytes: -1 is not between 0 and 17179869184",
        "cache.refresh_part: 80 is not between 0 and 1",
        "cache.size: no such key",
        "cache.lifetimes.spotify.artists: no such endpoint; expected one of search-artists, artist, ",
        "cache.lifetimes.spotify.artist.fresh_s: -1 is not between 0 and 604800 seconds",
        "cache.lifetimes.spotify.album-tracks: no such key: fresh; expected one of fresh_s, ",
        f"cache.lifetimes.lastfm: no such provider; expected one of {', '.join(spec.name for spec in PROVIDERS)}",
        "schedules.cleanup-old-data.cron: invalid cron expression '* * *'",
        "schedules.sync-trending.lane: unknown lane 'fast'",
        "schedules.sync-moon: no such schedule",
    ):
        assert path in text


def test_a_value_of_another_type_hides_no_other_fault_of_its_section(tmp_path: Path) -> None:
    """Whoever mends all that is listed has nothing left to mend; keys that are right are not among them."""
    text = """
        [schedules.sync-trending]
        enabled = "maybe"
        cron = "61 * * * *"
        zone = "Mars"
        [providers.ticketmaster]
        limits = ["0/1d"]
        countries = ["XX"]
        concurrency = 4
        """
    assert sorted(one.partition(": ")[0] for one in faults(tmp_path, text)) == [
        "providers.ticketmaster.countries",
        "providers.ticketmaster.limits",
        "schedules.sync-trending.cron",
        "schedules.sync-trending.enabled",
        "schedules.sync-trending.zone",
    ]


def test_a_country_is_swept_once(tmp_path: Path) -> None:
    """In whichever case and however often it is written; no country means all."""
    for text, countries in (("'gb', 'GB ', 'ie'", ("GB", "IE")), ("", ())):
        file = tmp_path / "thesetd.toml"
        file.write_text(f"[providers.ticketmaster]\ncountries = [{text}]")
        settings: Any = load(file, {}, state_dir=str(tmp_path)).providers["ticketmaster"]
        assert settings.countries == countries


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x = ", "thesetd.toml: "),
        ("http = 5", "http: must be a table of keys"),
        ("providers = 5", "providers: must be a table of providers"),
        ("schedules = 5", "schedules: must be a table of schedules"),
        ("[providers]\nspotify = 5", "providers.spotify: must be a table"),
        ("[schedules.sync-trending]\nenabled = 'perhaps'", "neither true nor false"),
        ("[schedules.sync-trending]\ncron = 5", "expected text, not 5"),
        ("[providers.spotify]\nlimits = 5", "expected a list, not 5"),
        ("[providers.spotify]\ntimeout_s = true", "expected a number, not True"),
        ("[http]\nlisten = 'host:70000'", "invalid address"),
        ("[http]\nlisten = ''", "invalid address"),
        ("[http]\napi = '0.0.0.0'", "http.api: invalid address"),
        (
            "[http]\napi = '0.0.0.0:1'",
            "0.0.0.0:1 is open to other hosts: set http.tokens_file, or listen on 1",
        ),
        ("[http]\napi = '[::]:1'", "http.api: [::]:1 is open to other hosts"),
        ("[http]\napi = 'theset.example:1'", "is open to other hosts"),
        ("[http]\ntokens = 'theset read short'", "http.tokens: invalid token in line 1"),
        ("[http]\norigins = ['*']", "http.origins: invalid origin '*'"),
        ("[http]\norigins = ['https://x/']", "http.origins: invalid origin 'https://x/'"),
        ("[http]\ntls_key = '/k'", "http.tls_key: http.tls_certificate and http.tls_key belong together"),
        ("[http]\ntls_certificate = '/c'", "belong together: set both or none"),
        ("[control]\noperate_by = 5", "control.operate_by: "),
        ("[database]\ndsn_file = '/nowhere/at/all'", "database.dsn_file: /nowhere/at/all cannot be read"),
        ("cache = 5", "cache: must be a table of keys"),
        ("[cache]\nlifetimes = 5", "cache.lifetimes: must be a table of providers"),
        ("[cache.lifetimes]\nspotify = 5", "cache.lifetimes.spotify: must be a table of endpoints"),
        (
            "[cache.lifetimes.spotify]\nartist = 'soon'",
            "cache.lifetimes.spotify.artist: expected seconds, not 'soon'",
        ),
        ("[cache.lifetimes.spotify]\nartist = nan", "cache.lifetimes.spotify.artist.fresh_s: nan is not between"),
        ("[cache.lifetimes.setlistfm.setlist]\nusable_s = 1e12", "setlist.usable_s: 1e+12 is not between 3600 and"),
        ("[cache]\nmemory_bytes = 99999999999999", "cache.memory_bytes: 99999999999999 is not between"),
        ("[cache]\nimport_age_s = 1e9", "cache.import_age_s: 1000000000 is not between 0 and 604800"),
        ("[cache]\nnegative_s = 'x'", "cache.negative_s: expected a number, not 'x'"),
        ("state_dir = 5", "state_dir: expected text, not 5"),
        ("[providers.spotify]\nconcurrency = 0", "concurrency"),
        ("[providers.spotify]\nbase_url = 'ftp://x'", "base_url"),
        (
            "[providers.spotify]\ntoken_url = 'nope'",
            "providers.spotify.token_url: invalid address 'nope': expected http:// or https://, host and path",
        ),
        ("[providers.setlistfm]\nbase_url = 'https://a..b/rest'", "providers.setlistfm.base_url: invalid address"),
        ("[providers.setlistfm]\nbase_url = 'https://a:b:c/rest'", "providers.setlistfm.base_url: invalid address"),
        ("[providers.setlistfm]\nproxy = 'http://a..b:3128'", "providers.setlistfm.proxy: the host's name"),
        ("[http]\nlisten = 'a..b:9464'", "http.listen: the host's name has an empty part"),
        ("[control]\nsocket = ''", "control.socket: expected the path of a socket"),
        ("[control]\nsocket = '/'", "control.socket: expected the path of a socket"),
        ("[providers.spotify]\nconcurrency = 1.7", "providers.spotify.concurrency: expected an integer, not 1.7"),
        ("[providers.setlistfm]\ntimeout_s = nan", "providers.setlistfm.timeout_s: nan is not between"),
        ("[providers.ticketmaster]\nlimits = []", "providers.ticketmaster.limits: without a limit nothing"),
        ("[control]\nmode = '0888'", "control.mode: invalid file mode '0888': expected octal digits"),
        ("[control]\nmode = '٠٦٦٠'", "control.mode: invalid file mode '٠٦٦٠'"),
        ("[http]\nlisten = 'host:²'", "http.listen: invalid address 'host:²'"),
        ("[node]\nname = ''", "node.name: invalid name ''"),
        ('[node]\nname = "a\\nb"', "expected printable text"),
        (
            "[schedules.sync-trending]\nzone = 'Europe/Atlantis'",
            "schedules.sync-trending.zone: unknown time zone 'Europe/Atlantis': expected a name like Europe/Berlin",
        ),
        ("[schedules.sync-trending]\nzone = 'Berlin'", "unknown time zone 'Berlin': expected Europe/Berlin"),
        ("[schedules.sync-trending]\nzone = 'EST'", "EST has no daylight saving time: expected America/New_York"),
        ("[schedules.sync-trending]\ncron = '0 0 4 * * *'", "6 fields, expected five fields: minute hour day"),
        ("[schedules.sync-trending]\nzone = 'America'", "schedules.sync-trending.zone: unknown time zone 'America'"),
        (
            "[providers.ticketmaster]\ncountries = ['de', 'UK']",
            "countries: unknown country code 'UK': expected GB",
        ),
        ("[providers.ticketmaster]\nlimits = ['0/1d']", "providers.ticketmaster.limits: '0/1d' allows nothing"),
        (
            "[schedules.sync-trending]\nzone = 'localtime'",
            "localtime is another zone on every machine: expected a name",
        ),
        (
            "[schedules.sync-trending]\ncron = '5-1 * * * *'",
            "sync-trending.cron: invalid cron expression '5-1 * * * *': ",
        ),
        (
            "[providers.spotify]\nmode = 'dev'",
            "providers.spotify.mode: invalid value 'dev': expected auto, development, extended",
        ),
        ("[providers.spotify]\nmarket = 'uk'", "providers.spotify.market: unknown country code 'UK': expected GB"),
        ("[providers.setlistfm]\nretention_days = 0", "setlistfm.retention_days: 0 is not between 1 and 36500"),
        ("[providers.setlistfm]\nretention_days = 99999999999", "99999999999 is not between 1 and 36500"),
        (
            "[schedules.sync-trending]\ncron = '0 0 31 2 *'",
            "schedules.sync-trending.cron: '0 0 31 2 *' never fires: no month that it names has such a day",
        ),
    ],
)
def test_each_kind_of_fault_names_its_path(tmp_path: Path, text: str, fault: str) -> None:
    """The line says where and what."""
    assert any(fault in line for line in faults(tmp_path, text))


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    """The file that was named must exist."""
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "absent.toml", ENVIRON)


def test_an_unknown_variable_is_a_fault_as_an_unknown_key_is(tmp_path: Path) -> None:
    """A misspelt THESETD_ variable does not pass in silence; one that reaches into a value is a fault, too."""
    with pytest.raises(ConfigError, match=r"log\.levle: no such key"):
        load(None, ENVIRON | {"THESETD_LOG__LEVLE": "debug"})
    assert faults(tmp_path, "http = 5", ENVIRON | {"THESETD_HTTP__LISTEN": "127.0.0.1:0"})


def test_the_socket_follows_the_environment_unless_it_is_set() -> None:
    """Systemd's runtime directory, else the state directory, else what the file says."""
    config = load(None, ENVIRON)
    assert config.socket_path({}) == Path("/home/somebody/.local/state/thesetd/thesetd.sock")
    assert config.socket_path({"RUNTIME_DIRECTORY": "/run/thesetd"}) == Path("/run/thesetd/thesetd.sock")
    own = load(None, ENVIRON | {"THESETD_CONTROL__SOCKET": "/tmp/x.sock"})
    assert own.socket_path({"RUNTIME_DIRECTORY": "/run/thesetd"}) == Path("/tmp/x.sock")
