"""What PostgreSQL says, as the class that tells what the daemon does about it. All that asyncpg raises passes here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from asyncpg.exceptions import _base as asyncpg_base

from thesetd.adapters.postgres.connection.connect import first_line
from thesetd.domain.errors import StoreRefused, StoreRejected, StoreUnavailable

_ENCODING: tuple[type[Exception], ...] = (asyncpg_base.DataError,)  # its base is that of lost connections, too
# The server is gone, stopping, full, read-only, or ended the transaction for its own reasons. InternalClientError is
# what asyncpg raises when a backend is terminated under it ("cannot switch to state ...", asyncpg #1069). Whatever else
# a server says is about what it was given: a row, or what a trigger, a policy or a constraint of the application thinks
# of it, under any code that its author chose. XX000 is what functions in C raise unless their author chose another one;
# data and indexes that are corrupted have codes of their own.
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
    """Return whether the right to the table as a whole is missing, for which no row is to blame."""
    cause = error.__cause__
    return isinstance(cause, asyncpg.InsufficientPrivilegeError) and cause.server_source_function == "aclcheck_error"


def _is_refusal(error: Exception) -> bool:
    """Return whether an error with the code of an outage is about what the server was given."""
    if _RAISED.match(getattr(error, "server_source_filename", None) or ""):
        return True
    return type(error) is asyncpg.InternalServerError and (error.severity_en or error.severity) == "ERROR"


@contextmanager
def translated() -> Iterator[None]:
    """Raise what asyncpg raises in this block as StoreUnavailable or StoreRejected."""
    try:
        yield
    except _ENCODING as error:
        raise StoreRejected(first_line(error)) from error
    except _UNAVAILABLE as error:
        if _is_refusal(error):
            raise StoreRejected(first_line(error)) from error
        raise StoreUnavailable(first_line(error)) from error
    except asyncpg.PostgresWarning as error:  # a function raises with the code of a warning
        raise StoreRejected(first_line(error)) from error
    except asyncpg.PostgresError as error:
        raise StoreRejected(first_line(error)) from error


@contextmanager
def translated_as_whole() -> Iterator[None]:
    """Raise what asyncpg raises in this block, around all that is asked at once.

    A right that the role lacks is no fault of a row here: the caller waits until it is granted, as for a server.

    Raises:
        StoreRefused: the role lacks a right; else as `translated`.
    """
    try:
        with translated():
            yield
    except StoreRejected as error:
        check_table_right(error)
        raise


def check_table_right(error: StoreRejected) -> None:
    """Return normally unless the role lacks a right on the table as a whole.

    Raises:
        StoreRefused: it does, in the server's words.
    """
    if lacks_right(error):
        raise StoreRefused(str(error)) from error.__cause__
