"""The way to a provider through a company's network: whose certificates are trusted, through which proxy.

What is wrong with it is told in words that an operator can act on. Both are said in the configuration. Of the
environment only SSL_CERT_FILE and SSL_CERT_DIR count, which OpenSSL reads.
"""

import os
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import attrs
import certifi

_OTHER_NAME = {62, 63, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, EMAIL_MISMATCH, IP_ADDRESS_MISMATCH, x509_vfy.h
_PROXY = re.compile(r"https?://(?:[!-~]+@)?(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?/?")


@attrs.frozen(kw_only=True)
class Route:
    """Whose certificates are trusted instead of the system's, and which proxy is used; None for neither."""

    ca_file: Path | None = None
    proxy: str | None = attrs.field(default=None, repr=False)


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts this file, else what SSL_CERT_FILE names, else the system and Mozilla's list.

    Raises:
        OSError, ssl.SSLError: the file cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context(cafile=ca_file)
    if ca_file is None and not {"SSL_CERT_FILE", "SSL_CERT_DIR"} & os.environ.keys():
        context.load_verify_locations(certifi.where())  # a slim system has no certificates of its own
    return context


def check_ca_file(_instance: object, _attribute: object, value: Path | None) -> None:
    """Refuse a file of certificates that cannot be used.

    Raises:
        ValueError: the text says why.
    """
    try:
        if value is not None:
            trust(value)
    except ssl.SSLError:
        raise ValueError(f"{value} cannot be used: no certificate in it") from None
    except OSError as error:
        raise ValueError(f"{value} cannot be used: {error.strerror}") from None


def check_proxy(_instance: object, _attribute: object, value: str | None) -> None:
    """Refuse an address that is none of an HTTP proxy, without showing it: it may hold a password.

    Raises:
        ValueError: it is none.
    """
    if value and not _PROXY.fullmatch(value):
        raise ValueError("must look like http://proxy.example:3128; percent-encode user and password")


def mistrust(error: BaseException) -> str | None:
    """Say what is wrong with the other side's certificate, if that is why a connection failed; else None."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            if cause.verify_code in _OTHER_NAME:
                return "certificate is for another name"
            return f"certificate not trusted: {cause.verify_message}: see ca_file in the configuration"
    return None


def reason(error: BaseException) -> str:
    """Say why a connection failed: the system's words if there are any, else the kind of the error."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
    return type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in seen:
        seen.append(found)
        yield found
        found = found.__cause__ or found.__context__
