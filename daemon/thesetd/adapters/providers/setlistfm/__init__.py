"""setlist.fm API 1.0: setlists of past concerts."""

from datetime import timedelta

import attrs

from thesetd.adapters.providers.setlistfm.auth import ApiKey
from thesetd.adapters.providers.setlistfm.client import SetlistfmClient
from thesetd.adapters.providers.setlistfm.endpoints import ENDPOINTS
from thesetd.adapters.providers.spec import ProviderSettings, ProviderSpec, header_field
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SETLISTFM
from thesetd.ports.providers import Role

_LONGEST_D = 36_500  # a longer time is for ever, which is the default


def _check_retention(_instance: object, _attribute: object, value: int | None) -> None:
    if value is not None and not 1 <= value <= _LONGEST_D:
        raise ValueError(f"{value} is not between 1 and {_LONGEST_D}")


@attrs.frozen(kw_only=True)
class SetlistfmSettings(ProviderSettings):
    """The table `providers.setlistfm`.

    The default limits are those of a standard key, 2 calls a second and 1,440 a day, with the first one halved, since a
    second request within a second has caused a 429. An upgraded key has 16 a second and 50,000 a day. `retention_days`
    is how long songs of a setlist are kept after the last fetch of its page; without it, for ever. Source: forum
    threads regarding-the-api-rate-limit-63d71a87 and rate-limit-upgrade-request-6bd79a7a.
    """

    base_url: str = "https://api.setlist.fm/rest/1.0"
    limits: tuple[Window, ...] = (Window(1, 1.0), Window(1440, 86400.0))
    concurrency: int = 1
    api_key: str = header_field()
    retention_days: int | None = attrs.field(default=None, validator=_check_retention)

    @property
    def retention(self) -> timedelta | None:
        """Return how long songs are kept."""
        return None if self.retention_days is None else timedelta(days=self.retention_days)

    @property
    def credential(self) -> str:
        """Return the key."""
        return self.api_key

    def missing(self) -> tuple[str, ...]:
        """Return the key's name if it is not set."""
        return () if self.api_key else ("api_key",)


PROVIDER: ProviderSpec[SetlistfmSettings] = ProviderSpec(
    name=SETLISTFM,
    title="setlist.fm",
    settings=SetlistfmSettings,
    secrets=("api_key",),
    environment={"SETLISTFM_API_KEY": "api_key"},
    known_artist="b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d",
    endpoints=ENDPOINTS,
    brings=frozenset({Role.SETLISTS}),
    client=lambda _settings: SetlistfmClient(),
    auth=lambda settings, _session, _clock: ApiKey(settings.api_key),
)
