"""Makes calls to a provider that may turn out to offer less than expected."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from thesetd.domain.errors import CapabilityGone
from thesetd.ports.providers import Artists

T = TypeVar("T")


async def planned(provider: Artists, plan: Callable[[], Awaitable[T]]) -> T:
    """Carry out a plan; if it relies on a capability that is gone, remember that and plan again without it.

    Every request to a provider whose credentials differ in capabilities is made inside. `plan` builds new calls each
    time and continues from what it has already stored. It terminates, because each round has one capability less.

    Raises:
        CapabilityGone: a capability is missing that is indispensable.
    """
    while True:
        try:
            return await plan()
        except CapabilityGone as error:
            if not provider.downgrade(error.capability):
                raise
