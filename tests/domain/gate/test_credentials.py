import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.gate.credentials import fingerprint, without_secrets, without_userinfo


@given(st.binary())
def test_every_credential_has_a_fingerprint_of_16_digits(credential: bytes) -> None:
    """Also one that came from the environment and is no UTF-8."""
    assert re.fullmatch("[0-9a-f]{16}", fingerprint(credential.decode("utf-8", "surrogateescape")))


def test_a_fingerprint_is_the_same_everywhere() -> None:
    """Nodes and releases have to agree: it names rows and keys."""
    assert fingerprint("client id") == hashlib.sha256(b"client id").hexdigest()[:16]
    assert fingerprint("client id") != fingerprint("client ie")
    assert fingerprint(b"\xff".decode("utf-8", "surrogateescape")) == hashlib.sha256(b"\xff").hexdigest()[:16]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:word@host/path", "https://(hidden)@host/path"),
        ("https://us@er:w/o@host:99", "https://(hidden)@host:99"),
        ("user:word@host is no address", "(hidden)@host is no address"),
        ("'https://host/x?key=abc' is wrong", "'https://host/x?(hidden)' is wrong"),
        ("postgresql://user:password@host/db", "postgresql://user:password@host/db"),
        ("postgresql://user:password@h/db?password=REAL", "postgresql://user:password@h/db?(hidden)"),
        ("https://api.spotify.com/v1", "https://api.spotify.com/v1"),
        ("/etc/thesetd@one.toml: cannot be read", "/etc/thesetd@one.toml: cannot be read"),
        ("0 */6 * * *", "0 */6 * * *"),
    ],
)
def test_addresses_are_shown_without_what_is_secret(text: str, shown: str) -> None:
    """User, password and query go; hosts, paths and all else stay."""
    assert without_userinfo(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "schedules.sync-upcoming-shows.cron: 'never' is wrong",
        "/var/lib/thesetd2026/secrets0001: cannot be read",
        "invalid limit 'many': expected count/period, for example 100/60s",
        "http.listen: invalid address 'ip-10-0-0-7.eu-west-1.compute.internal'",
        "timeout_s: 301 is not between 0.1 and 300",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    """What no key looks like is shown: an operator needs it."""
    assert without_secrets(text, ["s3cret-w0rd"]) == text


@given(
    st.text("abcdef0123456789", min_size=16, max_size=40).filter(lambda text: not text.isalpha() and not text.isdigit())
)
def test_whatever_looks_like_a_key_is_hidden(key: str) -> None:
    """Wherever it stands, as a word of its own."""
    assert key not in without_secrets(f"log.level: '{key}' is no level", [])
    assert key not in without_secrets(f"countries: no country codes: {key}", [])
