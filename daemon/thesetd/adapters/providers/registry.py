"""Registers all providers; a new one is a folder and a line here."""

from collections.abc import Iterator, Mapping
from typing import Any

from thesetd.adapters.providers.musicbrainz import PROVIDER as MUSICBRAINZ
from thesetd.adapters.providers.setlistfm import PROVIDER as SETLISTFM
from thesetd.adapters.providers.spec import ProviderSettings, ProviderSpec
from thesetd.adapters.providers.spotify import PROVIDER as SPOTIFY
from thesetd.adapters.providers.ticketmaster import PROVIDER as TICKETMASTER
from thesetd.domain.facts import ProviderUnused
from thesetd.domain.gate.endpoints import Endpoint

PROVIDERS: tuple[ProviderSpec[Any], ...] = (SPOTIFY, TICKETMASTER, SETLISTFM, MUSICBRAINZ)

ENDPOINTS: tuple[Endpoint, ...] = tuple(endpoint for spec in PROVIDERS for endpoint in spec.endpoints)


def wanted(settings: Mapping[str, ProviderSettings]) -> tuple[ProviderSpec[Any], ...]:
    """Return the providers that jobs use: all except optional ones that are not configured."""
    return tuple(spec for spec in PROVIDERS if not (spec.optional and settings[spec.name].missing()))


def unused(settings: Mapping[str, ProviderSettings]) -> Iterator[ProviderUnused]:
    """Return the providers that are neither configured nor optional, with their missing keys."""
    for spec in PROVIDERS:
        if not spec.optional and (missing := settings[spec.name].missing()):
            yield ProviderUnused(provider=spec.name, keys=tuple(f"providers.{spec.name}.{key}" for key in missing))
