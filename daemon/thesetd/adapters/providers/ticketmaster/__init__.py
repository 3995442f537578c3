"""Ticketmaster Discovery API v2: coming concerts, their venues and bills."""

import attrs

from thesetd.adapters.providers.spec import ProviderSettings, ProviderSpec, header_field
from thesetd.adapters.providers.ticketmaster.auth import ApiKey
from thesetd.adapters.providers.ticketmaster.client import TicketmasterClient
from thesetd.adapters.providers.ticketmaster.endpoints import ENDPOINTS
from thesetd.domain.country_codes import is_country, meant_country
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import TICKETMASTER
from thesetd.ports.providers import Role


def _in_capitals(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code.strip().upper() for code in codes))


def _all_alpha2(_: object, __: object, codes: tuple[str, ...]) -> None:
    if wrong := [code for code in codes if not is_country(code)]:
        raise ValueError("; ".join(f"unknown country code {code!r}: expected {meant_country(code)}" for code in wrong))


@attrs.frozen(kw_only=True)
class TicketmasterSettings(ProviderSettings):
    """The table `providers.ticketmaster`. `countries` are ISO 3166 codes of two letters; none means all.

    The default limits are the 5,000 calls a day of the Discovery page, and 4 a second: that page allows 5, the FAQ 2,
    and there is no record of either being enforced. Source:
    developer.ticketmaster.com/products-and-docs/apis/getting-started and /support/faq, text of 2018.
    """

    base_url: str = "https://app.ticketmaster.com/discovery/v2"
    limits: tuple[Window, ...] = (Window(4, 1.0), Window(5000, 86400.0))
    concurrency: int = 4
    api_key: str = header_field()
    countries: tuple[str, ...] = attrs.field(default=(), converter=_in_capitals, validator=_all_alpha2)

    @property
    def credential(self) -> str:
        """Return the key."""
        return self.api_key

    def missing(self) -> tuple[str, ...]:
        """Return the key's name if it is not set."""
        return () if self.api_key else ("api_key",)


PROVIDER: ProviderSpec[TicketmasterSettings] = ProviderSpec(
    name=TICKETMASTER,
    title="Ticketmaster",
    settings=TicketmasterSettings,
    secrets=("api_key",),
    environment={"TICKETMASTER_API_KEY": "api_key"},
    known_artist="K8vZ9175BhV",
    endpoints=ENDPOINTS,
    brings=frozenset({Role.SHOWS}),
    client=lambda settings: TicketmasterClient(settings.countries),
    auth=lambda settings, _session, _clock: ApiKey(settings.api_key),
)
