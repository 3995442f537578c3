"""Every provider there is; a new one is a folder of its own and a line here."""

from typing import Any

from thesetd.adapters.providers.setlistfm import PROVIDER as SETLISTFM
from thesetd.adapters.providers.spec import ProviderSpec
from thesetd.adapters.providers.spotify import PROVIDER as SPOTIFY
from thesetd.adapters.providers.ticketmaster import PROVIDER as TICKETMASTER
from thesetd.domain.gate.endpoints import Endpoint

PROVIDERS: tuple[ProviderSpec[Any], ...] = (SPOTIFY, TICKETMASTER, SETLISTFM)
ENDPOINTS: tuple[Endpoint, ...] = tuple(endpoint for spec in PROVIDERS for endpoint in spec.endpoints)
