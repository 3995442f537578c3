"""Makes the TLS context of an address, by libpq's rules for its six modes."""

import ssl
from collections.abc import Callable
from pathlib import Path

from thesetd.adapters.certificates import mistrust, public_authorities
from thesetd.adapters.postgres.connection.parameters import Tls
from thesetd.adapters.regular_files import check_regular
from thesetd.domain.errors import ConfigError

_OURS = Path("~/.postgresql")  # where libpq looks for files that an address does not name


def context_of(tls: Tls, path: str) -> ssl.SSLContext | None:
    """Return the context; None without TLS.

    Raises:
        ConfigError: a file cannot be used; the message names its parameter, below the `path` of the address.
    """
    if tls.mode in {"disable", "allow"}:
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.minimum_version = _version(tls.lowest)
    if tls.highest:
        made.maximum_version = _version(tls.highest)
    if ssl.HAS_ALPN:
        made.set_alpn_protocols(["postgresql"])
    if tls.is_verified:
        made.verify_mode = ssl.CERT_REQUIRED
        made.check_hostname = tls.mode == "verify-full"
        _trust(made, tls, path)
    if certificate := tls.certificate or _own("postgresql.crt"):
        key = tls.key or _own("postgresql.key")
        key = str(Path(key).expanduser()) if key else None
        _load(f"{path}: sslkey", key or certificate, check_regular)
        _load(f"{path}: sslcert", certificate, lambda file: made.load_cert_chain(file, key, tls.key_password or ""))
    return made


def explain(error: ssl.SSLError) -> str:
    """Return why a connection could not be protected."""
    if wrong := mistrust(error):
        return f"{wrong} (sslrootcert names whom to trust)" if "not trusted" in wrong else wrong
    return f"TLS: {error.reason or error}"


def _trust(made: ssl.SSLContext, tls: Tls, path: str) -> None:
    root = tls.root_certificate or _own("root.crt")
    if root is None or root == "system":
        made.load_default_certs()
        if public := public_authorities():
            made.load_verify_locations(public)
    else:
        _load(f"{path}: sslrootcert", root, made.load_verify_locations)
    if revoked := tls.revoked or _own("root.crl"):
        _load(f"{path}: sslcrl", revoked, made.load_verify_locations)
        made.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN


def _load(what: str, file: str, load: Callable[[str], None]) -> None:
    try:
        file = str(Path(file).expanduser())
        check_regular(file)
        load(file)
    except ssl.SSLError as error:
        raise ConfigError([f"{what}: {file} cannot be used: {error.reason or 'not in PEM format'}"]) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be read"
        raise ConfigError([f"{what}: {file} cannot be used: {reason}"]) from error


def _own(name: str) -> str | None:
    """Return the file that libpq uses if the address names none, if it exists."""
    try:
        file = _OURS.expanduser() / name
        return str(file) if file.is_file() else None
    except (RuntimeError, OSError):  # no home folder, or no access to it
        return None


def _version(name: str) -> ssl.TLSVersion:
    return ssl.TLSVersion[name.replace("TLSv1", "TLSv1_").replace("_.", "_").rstrip("_")]
