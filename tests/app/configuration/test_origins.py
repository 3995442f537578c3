"""Where each value of the configuration comes from."""

from pathlib import Path

from thesetd.app.configuration.config import defaults, load
from thesetd.app.configuration.keys import flat
from thesetd.app.configuration.origins import Origins


def test_what_is_written_last_set_a_key(tmp_path: Path) -> None:
    """File, credential, file of a secret, environment, option; the rest is the default's."""
    (tmp_path / "redis.url").write_text("redis://h/0")
    (tmp_path / "key").write_text("k")
    file = tmp_path / "t.toml"
    file.write_text(
        f"""
        [log]
        level = "debug"
        format = "json"
        [providers.setlistfm]
        api_key_file = "{tmp_path / "key"}"
        [cache.lifetimes.spotify.artist]
        fresh_s = 60
        [schedules.sync-trending]
        enabled = false
        """
    )
    environ = {
        "CREDENTIALS_DIRECTORY": str(tmp_path),
        "THESETD_LOG__LEVEL": "error",
        "DATABASE_URL": "postgresql://u@h/d",
        "THESETD_SCHEDULES__SYNC_TRENDING__CRON": "0 1 * * *",
    }
    found = {path: key.origin for path, key in flat(load(file, environ, state_dir=str(tmp_path))).items()}
    assert {path: where for path, where in found.items() if where != "default"} == {
        "log.level": "environment THESETD_LOG__LEVEL",
        "log.format": f"file {file}",
        "redis.url": "credential redis.url",
        "database.dsn": "environment DATABASE_URL",
        "providers.setlistfm.api_key": "file of providers.setlistfm.api_key_file",
        "cache.lifetimes.spotify.artist": f"file {file}",
        "schedules.sync-trending.enabled": f"file {file}",
        "schedules.sync-trending.cron": "environment THESETD_SCHEDULES__SYNC_TRENDING__CRON",
        "state_dir": "option --state-dir",
    }


def test_defaults_are_what_is_in_force_if_nothing_is_said(tmp_path: Path) -> None:
    """An empty configuration differs from them in nothing."""
    assert flat(defaults(tmp_path)) == flat(load(None, {}, state_dir=str(tmp_path)))


def test_a_value_that_stays_in_force_keeps_its_origin() -> None:
    """After a reload a key that needs a restart has its earlier value, and so its earlier origin."""
    earlier, new = Origins(), Origins()
    new.note(("log", "level"), "file t")
    new.note(("http", "listen"), "file t")
    new.note(("cache", "lifetimes", "word", "artist"), "file t")
    earlier.note(("cache", "lifetimes", "word", "artist"), "option")
    found = new.keeping(["http.listen", "cache.lifetimes"], earlier)
    assert found.of("log.level") == "file t"
    assert found.of("http.listen") == "default"
    assert found.of("cache.lifetimes") == "option"
