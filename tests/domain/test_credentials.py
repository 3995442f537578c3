import hashlib
import re

from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.credentials import fingerprint


@given(st.binary())
def test_every_credential_has_a_fingerprint_of_16_digits(credential: bytes) -> None:
    """Also one that came from the environment and is no UTF-8."""
    assert re.fullmatch("[0-9a-f]{16}", fingerprint(credential.decode("utf-8", "surrogateescape")))


def test_a_fingerprint_is_the_same_everywhere() -> None:
    """Nodes and releases have to agree: it names rows and keys."""
    assert fingerprint("client id") == hashlib.sha256(b"client id").hexdigest()[:16]
    assert fingerprint("client id") != fingerprint("client ie")
    assert fingerprint(b"\xff".decode("utf-8", "surrogateescape")) == hashlib.sha256(b"\xff").hexdigest()[:16]
