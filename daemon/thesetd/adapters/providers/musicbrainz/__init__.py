"""MusicBrainz web service 2: identities, by links between providers, and discographies. Off until a contact is set."""

import re

import attrs

from thesetd.adapters.providers.musicbrainz.agent import UserAgent
from thesetd.adapters.providers.musicbrainz.client import MusicBrainzClient
from thesetd.adapters.providers.musicbrainz.endpoints import ENDPOINTS, MUSICBRAINZ
from thesetd.adapters.providers.spec import ProviderSettings, ProviderSpec
from thesetd.domain.gate.credentials import check_header, pasted
from thesetd.domain.gate.windows import Window
from thesetd.ports.providers import Role

_CONTACT = re.compile(r"\S+@\S+|https?://\S+")


def _check_contact(_: object, __: object, value: str) -> None:
    if value and not _CONTACT.fullmatch(value):
        raise ValueError(f"invalid contact {value!r}: expected an e-mail address or the address of a page")


@attrs.frozen(kw_only=True)
class MusicBrainzSettings(ProviderSettings):
    """The table `providers.musicbrainz`.

    `contact`, an e-mail address or a page, is part of the User-Agent, which has to name application, version and
    contact. One IP address may send one request a second on average; above that every request is refused. A mirror or a
    private copy uses the same protocol at another `base_url`, without that limit. Source:
    wiki.musicbrainz.org/MusicBrainz_API/Rate_Limiting.
    """

    base_url: str = "https://musicbrainz.org/ws/2"
    limits: tuple[Window, ...] = (Window(1, 1.0),)
    concurrency: int = 1  # three concurrent requests took 6 to 14 s each, fifteen were all refused
    timeout_s: float = 30.0  # look-ups take 0.5 s, broad searches up to 20 s
    contact: str = attrs.field(default="", converter=pasted, validator=[check_header, _check_contact])

    @property
    def credential(self) -> str:
        """Return the contact, by which a client would be blocked."""
        return self.contact

    def missing(self) -> tuple[str, ...]:
        """Return the contact's key if it is not set: no call is made without it."""
        return () if self.contact else ("contact",)


PROVIDER: ProviderSpec[MusicBrainzSettings] = ProviderSpec(
    name=MUSICBRAINZ,
    title="MusicBrainz",
    settings=MusicBrainzSettings,
    secrets=(),
    environment={"MUSICBRAINZ_CONTACT": "contact"},
    known_artist="b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d",
    endpoints=ENDPOINTS,
    brings=frozenset({Role.IDENTITY}),
    client=lambda _settings: MusicBrainzClient(),
    auth=lambda settings, _session, _clock: UserAgent(settings.contact),
    optional=True,
    follows_redirects=False,
)
