"""What is wrong with certificates, in words: for providers, PostgreSQL and Redis alike."""

import os
import ssl
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as NoConnection

from thesetd.adapters.certificates import environment_faults, mistrust, trust
from thesetd.adapters.postgres.connection.tls import explain
from thesetd.adapters.redis.words import explained
from thesetd.adapters.route import barred


def refusal(code: int, message: str) -> ssl.SSLCertVerificationError:
    """Make what the ssl module raises."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        (62, "Hostname mismatch", "certificate is for another name"),
        (64, "IP address mismatch", "certificate is for another name"),
        (10, "certificate has expired", "certificate not trusted: certificate has expired"),
        (18, "self-signed certificate", "certificate not trusted: self-signed certificate"),
    ],
)
def test_every_server_is_told_of_in_the_same_words(code: int, message: str, words: str) -> None:
    """Also where a library has wrapped the error as its cause, or as its argument."""
    error = refusal(code, message)
    assert mistrust(error) == words
    assert (barred(error) or "").startswith(words)
    assert explain(error).startswith(words)
    assert words in explained(NoConnection(error), tls=True)
    wrapped = NoConnection("Error 1 connecting to redis.example")
    wrapped.__cause__ = error
    assert words in explained(wrapped, tls=True)


def test_without_a_word_of_the_environment_the_authorities_of_the_world_are_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Mozilla's list, and the system's where there is one; a file that is named takes their place."""
    few = tmp_path / "few.pem"
    few.write_text(Path(os.environ["SSL_CERT_FILE"]).read_text())
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert trust(None).cert_store_stats()["x509_ca"] > 100
    monkeypatch.setenv("SSL_CERT_FILE", str(few))
    assert trust(None).cert_store_stats()["x509_ca"] == 1


def test_other_errors_are_not_about_certificates() -> None:
    """A refused connection says nothing of trust."""
    assert mistrust(ConnectionRefusedError(111, "Connection refused")) is None
    assert mistrust(ssl.SSLError(1, "wrong version number")) is None


def test_one_directory_of_several_is_enough(tmp_path: Path) -> None:
    """SSL_CERT_DIR is a list as PATH is."""
    assert not list(environment_faults({"SSL_CERT_DIR": f"/absent:{tmp_path}"}))
    assert len(list(environment_faults({"SSL_CERT_DIR": "/absent:/gone", "SSL_CERT_FILE": str(tmp_path)}))) == 2
