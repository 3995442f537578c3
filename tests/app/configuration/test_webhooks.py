"""The webhooks' tables: defaults, faults with their paths, secrets from files and credentials."""

from pathlib import Path

import pytest

from thesetd.app.configuration.config import load
from thesetd.app.configuration.keys import flat
from thesetd.app.life.reloading import holds_once_renewed
from thesetd.domain.changes import ChangeKind
from thesetd.domain.errors import ConfigError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def written(folder: Path, text: str) -> Path:
    """Write a configuration."""
    file = folder / "thesetd.toml"
    file.write_text(text)
    return file


def test_a_webhook_has_defaults_and_its_secret_a_file(tmp_path: Path) -> None:
    """Nobody sees the secret, nor the address, which may hold one."""
    (tmp_path / "secret").write_text(SECRET + "\n")
    text = (
        f'[webhooks.theset]\nurl = "https://x.example/h?key=abc"\nsecret_file = "{tmp_path}/secret"\nkinds = ["show"]\n'
    )
    config = load(written(tmp_path, text), {})
    hook = config.webhooks["theset"].hook("theset")
    assert (hook.kinds, hook.private, hook.timeout_s, hook.give_up_s) == ((ChangeKind.SHOW,), False, 10.0, 259200.0)
    shown = {path: key.shown for path, key in flat(config).items() if path.startswith("webhooks.")}
    assert (shown["webhooks.theset.url"], shown["webhooks.theset.secret"]) == ("(set)", "(set)")
    assert "abc" not in repr(config)
    assert SECRET not in repr(config)
    assert holds_once_renewed("webhooks.theset.url")


def test_a_secret_may_be_a_credential_or_in_the_environment(tmp_path: Path) -> None:
    """By the webhook's name in the file."""
    (tmp_path / "webhooks.theset.secret").write_text(SECRET)
    file = written(tmp_path, '[webhooks.theset]\nurl = "https://x.example/h"\n')
    for environ in (
        {"CREDENTIALS_DIRECTORY": str(tmp_path)},
        {"THESETD_WEBHOOKS__THESET__SECRET": SECRET},
        {"THESETD_WEBHOOKS__THESET__SECRET_FILE": str(tmp_path / "webhooks.theset.secret")},
    ):
        assert load(file, environ).webhooks["theset"].secret == SECRET


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ('url = "ftp://x"', "webhooks.a.url: expected an http or https address"),
        ('url = ""', "webhooks.a.url: expected an http or https address"),
        ('secret = "abc"', "webhooks.a.secret: invalid secret: expected whsec_"),
        ('secret = ""', "webhooks.a.secret: no secret in it"),
        ('kinds = ["venue"]', "webhooks.a.kinds: unknown kind 'venue'"),
        ("timeout_s = 99", "webhooks.a.timeout_s: 99 is not between 0.1 and 30"),
        ("give_up_h = 999", "webhooks.a.give_up_h: 999 is not between 0.001 and 336"),
        ("retries = 3", "webhooks.a.retries: no such key"),
    ],
)
def test_a_fault_is_named_with_its_path(tmp_path: Path, keys: str, fault: str) -> None:
    """All of them at once, like everywhere in the file."""
    right = {"url": 'url = "https://x.example"\n', "secret": f'secret = "{SECRET}"\n'}
    others = "".join(line for name, line in right.items() if not keys.startswith(name))
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, f"[webhooks.a]\n{others}{keys}\n"), {})
    assert any(one.startswith(fault) for one in caught.value.faults), caught.value.faults


def test_a_name_has_small_letters(tmp_path: Path) -> None:
    """It is part of addresses."""
    file = written(tmp_path, f'[webhooks."A b"]\nurl = "https://x.example"\nsecret = "{SECRET}"\n')
    with pytest.raises(ConfigError, match="invalid name 'A b'"):
        load(file, {})
