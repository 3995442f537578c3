"""What stands for a credential wherever the credential itself must not be: rows, keys, logs."""

import hashlib
from typing import NewType

Fingerprint = NewType("Fingerprint", str)

_LENGTH = 16  # 64 bits: two credentials of one provider never meet, and none can be read back


def fingerprint(credential: str) -> Fingerprint:
    """Tell this credential from another: the first 16 hexadecimal digits of its SHA-256."""
    return Fingerprint(hashlib.sha256(credential.encode("utf-8", "surrogateescape")).hexdigest()[:_LENGTH])
