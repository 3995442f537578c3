"""Decides which certificates are trusted, and explains faults of the peer's: one mechanism for all TLS connections.

Of the environment, SSL_CERT_FILE and SSL_CERT_DIR count, which OpenSSL reads. OpenSSL ignores what it cannot read: a
mistyped path would only show as untrusted certificates, so `environment_faults` checks for it at start-up.
"""

import os
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

import certifi

from thesetd.adapters.regular_files import check_regular

_OTHER_NAME = {62, 63, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, EMAIL_MISMATCH, IP_ADDRESS_MISMATCH, x509_vfy.h


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts this file, else what SSL_CERT_FILE names, else the system and Mozilla's list.

    Raises:
        OSError, ssl.SSLError: the file cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context(cafile=ca_file)
    if ca_file is None and (public := public_authorities()):
        context.load_verify_locations(public)
    return context


def public_authorities() -> str | None:
    """Return Mozilla's list, for minimal systems without one; None if the environment names another."""
    return None if any(map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR"))) else certifi.where()


def file_fault(file: Path) -> str | None:
    """Return why a file of certificates cannot be used; None if it can.

    An invalid path is not shown: a secret may have been written there.
    """
    shown = file if file.is_absolute() else "the file"
    try:
        check_regular(file)
        ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        return f"{shown} cannot be used: no certificate in it"
    except (OSError, ValueError) as error:
        return f"{shown} cannot be used: {getattr(error, 'strerror', None) or 'not a path'}"
    return None


def own_certificate_fault(certificate: str | None, key: str | None) -> str | None:
    """Return why our own certificate cannot be used, None if it can or is not needed; see `file_fault`."""
    if certificate is None:
        return "needed beside ssl_keyfile" if key else None
    shown = certificate if certificate.startswith("/") else "the file"
    try:
        check_regular(certificate, key)
        ssl.create_default_context().load_cert_chain(certificate, key, "")
    except ssl.SSLError:
        return f"{shown} cannot be used: no certificate with its key, or the key has a passphrase"
    except (OSError, ValueError) as error:
        return f"{shown} cannot be used: {getattr(error, 'strerror', None) or 'not a path'}"
    return None


def environment_faults(environ: Mapping[str, str]) -> Iterator[str]:
    """Return which of OpenSSL's variables name missing or unusable paths."""
    if (file := environ.get("SSL_CERT_FILE")) and (fault := file_fault(Path(file))):
        yield f"SSL_CERT_FILE: {fault}"
    folders = environ.get("SSL_CERT_DIR", "")
    if folders and not any(Path(folder).is_dir() for folder in folders.split(os.pathsep)):
        yield f"SSL_CERT_DIR: {folders} is not a directory"


def mistrust(error: BaseException) -> str | None:
    """Return what is wrong with the peer's certificate, if that is why a connection failed; else None."""
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            if cause.verify_code in _OTHER_NAME:
                return "certificate is for another name"
            return f"certificate not trusted: {cause.verify_message}"
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """Return an error and its causes; some libraries pass the cause on as an argument, or as the first of a group."""
    seen: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in seen:
        seen.append(found)
        yield found
        found = found.__cause__ or found.__context__ or _argument(found)


def _argument(error: BaseException) -> BaseException | None:
    first = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error.args[0] if error.args else None
    return first if isinstance(first, BaseException) else None
