"""Defines Spotify's table in the configuration."""

from typing import Literal

import attrs

from thesetd.adapters.providers.spec import ProviderSettings, header_field
from thesetd.domain.country_codes import is_country, meant_country
from thesetd.domain.gate.windows import Window

Mode = Literal["auto", "development", "extended"]

KOSOVO = "XK"  # a market of Spotify that has no code of its own in ISO 3166. Source: GET /v1/markets


def _market(text: str | None) -> str | None:
    return (text or "").strip().upper() or None


def _check_market(_instance: object, _attribute: object, value: str | None) -> None:
    if value is not None and value != KOSOVO and not is_country(value):
        raise ValueError(f"unknown country code {value!r}: expected {meant_country(value)}")


@attrs.frozen(kw_only=True)
class SpotifySettings(ProviderSettings):
    """How to reach Spotify, and with which credentials.

    `mode` says which API the application may use: "auto" assumes full access and steps down to what the answers allow.
    `market` (two letters) makes Spotify show one country's catalogue; without it, all markets' copies appear.
    """

    base_url: str = "https://api.spotify.com/v1"
    token_url: str = "https://accounts.spotify.com/api/token"  # noqa: S105  # an address
    client_id: str = header_field(shown=True)
    client_secret: str = header_field()
    mode: Mode = "auto"
    market: str | None = attrs.field(default=None, converter=_market, validator=_check_market)
    # The real limit is unpublished and applies to a rolling 30 s per application: 135 requests in 30 s passed in August
    # 2025, so 100 a minute leaves room. Source: developer.spotify.com/documentation/web-api/concepts/rate-limits.
    limits: tuple[Window, ...] = (Window(100, 60.0),)
    concurrency: int = 4  # one worker can reach the limit; more let a user's request overtake slow answers

    @property
    def credential(self) -> str:
        """Return the client id, to which limits and bans apply."""
        return self.client_id

    def missing(self) -> tuple[str, ...]:
        """Name the credential keys that are not set, empty when the provider can be used."""
        return tuple(key for key in ("client_id", "client_secret") if not getattr(self, key))
