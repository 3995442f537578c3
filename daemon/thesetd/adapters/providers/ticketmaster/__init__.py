"""Ticketmaster Discovery API v2: coming concerts, their venues and bills."""

import re

import attrs

from thesetd.adapters.providers.spec import ProviderSettings, ProviderSpec, header_field
from thesetd.adapters.providers.ticketmaster.auth import ApiKey
from thesetd.adapters.providers.ticketmaster.client import TicketmasterClient
from thesetd.adapters.providers.ticketmaster.endpoints import ENDPOINTS
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import TICKETMASTER
from thesetd.ports.providers import Role

# All assigned codes. Source: iso3166.tab of the time zone database, 2024.
_COUNTRY = re.compile(
    r"A[DEFGILMOQRSTUWXZ]|B[ABDEFGHIJLMNOQRSTVWYZ]|C[ACDFGHIKLMNORUVWXYZ]|D[EJKMOZ]|E[CEGHRST]|F[IJKMOR]"
    r"|G[ABDEFGHILMNPQRSTUWY]|H[KMNRTU]|I[DELMNOQRST]|J[EMOP]|K[EGHIMNPRWYZ]|L[ABCIKRSTUVY]"
    r"|M[ACDEFGHKLMNOPQRSTUVWXYZ]|N[ACEFGILOPRUZ]|OM|P[AEFGHKLMNRSTWY]|QA|R[EOSUW]"
    r"|S[ABCDEGHIJKLMNORSTVXYZ]|T[CDFGHJKLMNORTVWZ]|U[AGMSYZ]|V[ACEGINU]|W[FS]|Y[ET]|Z[AMW]"
)


def _upper(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip().upper() for code in codes)


def _all_alpha2(_: object, __: object, codes: tuple[str, ...]) -> None:
    if wrong := [code for code in codes if not _COUNTRY.fullmatch(code)]:
        raise ValueError(
            f"no country codes of ISO 3166: {', '.join(wrong)}; expected two letters, for example GB or DE"
        )


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
    countries: tuple[str, ...] = attrs.field(default=(), converter=_upper, validator=_all_alpha2)

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
