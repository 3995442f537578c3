"""Translates everything that asyncpg raises to the error class for the daemon's reaction."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from asyncpg.exceptions import _base as asyncpg_base

from thesetd.adapters.postgres.connection.connect import first_line
from thesetd.domain.errors import StoreRefused, StoreRejected, StoreUnavailable

_ENCODING: tuple[type[Exception], ...] = (asyncpg_base.DataError,)  # its base class is that of lost connections, too
# The server is gone, stopping, full, read-only, or ended the transaction for its own reasons. InternalClientError is
# what asyncpg raises when a backend is terminated under it ("cannot switch to state ...", asyncpg #1069). All other
# errors concern the data: a row, or a refusal by a trigger, a policy or a constraint of the application, with any code
# that its author chose. XX000 is what functions in C raise unless their author chose another code; corrupted data and
# indexes have their own codes.
_RAISED = re.compile(r"pl(?:_|py|perl|tcl)")  # source files of the languages in which functions raise
_UNAVAILABLE: tuple[type[Exception], ...] = (
    OSError,  # TimeoutError too
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,  # 08
    asyncpg.InvalidTransactionStateError,  # 25: idle too long, read-only after a failover
    asyncpg.TransactionRollbackError,  # 40: deadlock, serialization
    asyncpg.InsufficientResourcesError,  # 53: disk full, too many connections
    asyncpg.LockNotAvailableError,  # 55P03
    asyncpg.OperatorInterventionError,  # 57: shutdown, statement timeout
    asyncpg.PostgresSystemError,  # 58
    asyncpg.InternalServerError,  # XX: corrupted, or FATAL
)


def lacks_right(error: StoreRejected) -> bool:
    """Return whether the right to the whole table is missing, for which no row is to blame."""
    cause = error.__cause__
    return isinstance(cause, asyncpg.InsufficientPrivilegeError) and cause.server_source_function == "aclcheck_error"


def _is_refusal(error: Exception) -> bool:
    """Return whether an error with the code of an outage is actually about the data."""
    if _RAISED.match(getattr(error, "server_source_filename", None) or ""):
        return True
    return type(error) is asyncpg.InternalServerError and (error.severity_en or error.severity) == "ERROR"


@contextmanager
def translated() -> Iterator[None]:
    """Translate asyncpg's errors in this block to StoreUnavailable or StoreRejected."""
    try:
        yield
    except _ENCODING as error:
        raise StoreRejected(first_line(error)) from error
    except _UNAVAILABLE as error:
        if _is_refusal(error):
            raise StoreRejected(first_line(error)) from error
        raise StoreUnavailable(first_line(error)) from error
    except asyncpg.PostgresWarning as error:  # a function raised it with the code of a warning
        raise StoreRejected(first_line(error)) from error
    except asyncpg.PostgresError as error:
        raise StoreRejected(first_line(error)) from error


@contextmanager
def translated_as_whole() -> Iterator[None]:
    """Translate asyncpg's errors in this block, around a whole request.

    A missing right is not the fault of a row here: the caller waits until it is granted, as for a server.

    Raises:
        StoreRefused: the role lacks a right; otherwise as `translated`.
    """
    try:
        with translated():
            yield
    except StoreRejected as error:
        check_table_right(error)
        raise


def check_table_right(error: StoreRejected) -> None:
    """Raise an error if the role lacks a right on the whole table.

    Raises:
        StoreRefused: it lacks one; the message is the server's.
    """
    if lacks_right(error):
        raise StoreRefused(str(error)) from error.__cause__
