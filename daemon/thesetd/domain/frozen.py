"""`attrs.frozen` for rows: frozen for the type checker only, for classes of which an import makes thousands of objects.

The guard against assignment makes each field pass through `object.__setattr__` when an object is made, which takes half
of the making. Everything else is as with `attrs.frozen`: slots, equality, a hash by value.
"""

from functools import partial
from typing import TYPE_CHECKING

import attrs

__all__ = ["frozen_row"]

if TYPE_CHECKING:
    from attrs import frozen as frozen_row
else:
    frozen_row = partial(attrs.define, unsafe_hash=True, on_setattr=attrs.setters.NO_OP)
