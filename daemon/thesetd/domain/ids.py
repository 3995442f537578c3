"""Defines identifiers, one type each, and the rule that turns a provider's id into the row's own id."""

from collections.abc import Callable
from hashlib import sha1
from typing import NewType
from uuid import UUID

JobId = NewType("JobId", int)
Seq = NewType("Seq", int)
Fence = NewType("Fence", int)
Epoch = NewType("Epoch", int)
ProviderName = NewType("ProviderName", str)

SPOTIFY = ProviderName("spotify")
TICKETMASTER = ProviderName("ticketmaster")
SETLISTFM = ProviderName("setlistfm")

_NAMESPACE = UUID("6f1b2c1e-7a64-5d0b-9a53-3d3f6a1f0c52")
# `uuid.uuid5` reads the namespace again each time and takes twice as long.
_NAMED = sha1(_NAMESPACE.bytes, usedforsecurity=False)


def uuid_of(number: bytes) -> UUID:
    """Return the UUID of 16 bytes."""
    return UUID(bytes=number)


def row_id(table: str, space: str, provider_id: str, make: Callable[[bytes], UUID] = uuid_of) -> UUID:
    """Return the id of a row that is first seen under this id of a provider or id space.

    It depends only on its arguments: two nodes, or the same node twice, compute the same id without coordination. A row
    that a second provider also knows keeps the id of the first. `make` is another class of UUIDs, equal to these.
    """
    named = _NAMED.copy()
    named.update(f"{table}:{space}:{provider_id}".encode())
    number = bytearray(named.digest()[:16])
    number[6] = number[6] & 0x0F | 0x50  # version 5, as RFC 4122 has it
    number[8] = number[8] & 0x3F | 0x80
    return make(bytes(number))
