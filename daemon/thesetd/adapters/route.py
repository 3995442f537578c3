"""The route to a provider through a company's network: which certificates are trusted, and which proxy is used.

Both are set in the configuration. Faults are described so that an operator can act on them.
"""

import os
import re
import socket
import ssl
from pathlib import Path

import attrs

from thesetd.adapters.certificates import causes, file_fault, mistrust
from thesetd.domain.addresses import check_web

_PROXY = re.compile(r"https?://(?:[!-~]+@)?(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?/?")


@attrs.frozen(kw_only=True)
class Route:
    """Which certificates are trusted instead of the system's, and which proxy is used; None for neither."""

    ca_file: Path | None = None
    proxy: str | None = attrs.field(default=None, repr=False)


def check_ca_file(_instance: object, _attribute: object, value: Path | None) -> None:
    """Reject a file of certificates that cannot be used.

    Raises:
        ValueError: the message says why.
    """
    if value is not None and (fault := file_fault(value)):
        raise ValueError(fault)


def check_proxy(_instance: object, _attribute: object, value: str | None) -> None:
    """Reject an address that is not one of an HTTP proxy, without showing it: it may hold a password.

    Raises:
        ValueError: it is not one.
    """
    if value and not _PROXY.fullmatch(value):
        raise ValueError("must look like http://proxy.example:3128; percent-encode user and password")
    if value:
        check_web(value)


def barred(error: BaseException) -> str | None:
    """Return which certificate is at fault, if that is why a connection failed; else None."""
    wrong = mistrust(error)
    return f"{wrong}: see ca_file in the configuration" if wrong and "not trusted" in wrong else wrong


def reason(error: BaseException) -> str:
    """Return why a connection failed: the system's message if there is one, else the kind of the error."""
    for cause in causes(error):
        if isinstance(cause, OSError) and cause.strerror:
            if cause.errno and not isinstance(cause, socket.gaierror | ssl.SSLError):
                return os.strerror(cause.errno).lower()  # without the address, which trio adds
            return cause.strerror.lower()
    return type(error).__name__


def is_tls(error: BaseException) -> bool:
    """Return whether a connection failed in TLS, which means that the peer was reached."""
    return any(isinstance(cause, ssl.SSLError) for cause in causes(error))
