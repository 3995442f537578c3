"""Defines identifiers, one type each, and the rule that turns a provider's id into the row's own id."""

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
# The parts of `uuid.uuid5`, which reads the namespace anew each time and takes twice as long.
_NAMED = sha1(_NAMESPACE.bytes, usedforsecurity=False)
_VERSION_5 = UUID(int=0, version=5).int
_FREE_BITS = UUID(int=(1 << 128) - 1, version=5).int & ~_VERSION_5


def row_id(table: str, space: str, provider_id: str) -> UUID:
    """Return the id of a row that is first seen under this id of a provider or id space.

    It depends only on its arguments: two nodes, or the same node twice, compute the same id without coordination. A row
    that a second provider also knows keeps the id of the first.
    """
    named = _NAMED.copy()
    named.update(f"{table}:{space}:{provider_id}".encode())
    number = int.from_bytes(named.digest()[:16], "big")
    return UUID(int=number & _FREE_BITS | _VERSION_5)
