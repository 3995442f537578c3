"""Defines identifiers, one type each, and the rule that turns a provider's id into the row's own id."""

from typing import NewType
from uuid import UUID, uuid5

JobId = NewType("JobId", int)
Seq = NewType("Seq", int)
Fence = NewType("Fence", int)
Epoch = NewType("Epoch", int)
ProviderName = NewType("ProviderName", str)

SPOTIFY = ProviderName("spotify")
TICKETMASTER = ProviderName("ticketmaster")
SETLISTFM = ProviderName("setlistfm")

_NAMESPACE = UUID("6f1b2c1e-7a64-5d0b-9a53-3d3f6a1f0c52")


def row_id(table: str, space: str, provider_id: str) -> UUID:
    """Return the id of a row that is first seen under this id of a provider or id space.

    It depends only on its arguments: two nodes, or the same node twice, compute the same id without coordination. A row
    that a second provider also knows keeps the id of the first.
    """
    return uuid5(_NAMESPACE, f"{table}:{space}:{provider_id}")
