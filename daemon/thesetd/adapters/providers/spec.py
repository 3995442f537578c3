"""What a provider folder declares about itself: one `PROVIDER`, from which config, pool and metrics follow."""

from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

from thesetd.adapters.http import Auth, HttpSession
from thesetd.domain.ids import ProviderName
from thesetd.domain.windows import Window
from thesetd.ports.clock import Clock
from thesetd.ports.providers import Artists

S = TypeVar("S", bound="ProviderSettings")


@attrs.frozen(kw_only=True)
class ProviderSettings:
    """The keys every provider's config table has; a provider's own class adds its credentials and options.

    `limits` hold for each credential, over any sliding window. `timeout_s` bounds a request as a whole.
    """

    base_url: str
    limits: tuple[Window, ...]
    concurrency: int
    timeout_s: float = 20.0

    def missing(self) -> tuple[str, ...]:
        """Name the credential keys that are not set, empty when the provider can be used."""
        return ()


@attrs.frozen(kw_only=True)
class ProviderSpec(Generic[S]):
    """A provider: the class of its config table (with every default), its client, and how requests get credentials.

    `secrets` names the fields that are secret: each may also be set by `<field>_file` or a systemd credential.
    `environment` maps TheSet's established environment names to fields.
    """

    name: ProviderName
    title: str
    settings: type[S]
    secrets: tuple[str, ...]
    environment: dict[str, str]
    client: Callable[[S], Artists]
    auth: Callable[[S, HttpSession, Clock], Auth]
