"""Defines what a provider's folder declares: one `PROVIDER`, from which config, pool and metrics are derived."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

import attrs

from thesetd.adapters.http import Auth, HttpSession
from thesetd.adapters.route import Route, check_ca_file, check_proxy
from thesetd.domain.addresses import check_key, check_web
from thesetd.domain.gate.credentials import check_header, pasted
from thesetd.domain.gate.endpoints import Endpoint
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName
from thesetd.ports.clock import Clock
from thesetd.ports.providers import Artists, Role

S = TypeVar("S", bound="ProviderSettings")


def header_field(*, shown: bool = False) -> Any:
    """Make a field for a pasted credential, which must fit in a header; a secret one is excluded from the repr."""
    return attrs.field(default="", converter=pasted, validator=[check_header, check_key], repr=shown)


@attrs.frozen(kw_only=True)
class ProviderSettings:
    """The keys of every provider's config table; a provider's own class adds its credentials and options.

    `limits` apply to each credential, over any sliding window. `timeout_s` is the deadline of a whole request.
    `ca_file` holds the certificates to trust instead of the system's; `proxy`, with a user and a password if required,
    is never taken from the environment.
    """

    base_url: str
    limits: tuple[Window, ...]
    concurrency: int
    timeout_s: float = 20.0
    ca_file: Path | None = attrs.field(default=None, validator=check_ca_file)
    proxy: str | None = attrs.field(
        default=None, converter=attrs.converters.optional(pasted), validator=check_proxy, repr=False
    )

    @property
    def route(self) -> Route:
        """Return the route to the provider."""
        return Route(ca_file=self.ca_file, proxy=self.proxy or None)

    @property
    def retention(self) -> timedelta | None:
        """Return how long content may be kept after its last fetch, None for ever."""
        return None

    def missing(self) -> tuple[str, ...]:
        """Return the credential keys that are not set; empty if the provider can be used."""
        return ()

    @property
    def credential(self) -> str:
        """Return the value by which the provider counts limits and bans; empty if not set. It may be a secret."""
        return ""

    def faults(self) -> tuple[str, ...]:
        """Return the faults of values that no provider can use, each with its key."""
        checks = {
            **{
                f"{key}: invalid address {value!r}: expected http:// or https://, host and path": _is_web(value)
                for key, value in attrs.asdict(self, recurse=False).items()
                if key.endswith("_url")
            },
            "limits: without a limit nothing may be asked: write at least one, for example 5/1s": self.limits,
            f"concurrency: {self.concurrency} is not between 1 and 64": 1 <= self.concurrency <= 64,  # noqa: PLR2004
            f"timeout_s: {self.timeout_s:g} is not between 0.1 and 300": 0.1 <= self.timeout_s <= 300,  # noqa: PLR2004
        }
        return tuple(fault for fault, fine in checks.items() if not fine)


@attrs.frozen(kw_only=True)
class ProviderSpec(Generic[S]):
    """A provider: the class of its config table (with every default), its client, and how requests get credentials.

    `secrets` names the fields that are secret: each may also be set by `<field>_file` or a systemd credential.
    `environment` maps TheSet's established environment names to fields. `proves_credentials`: `auth` fetches a token
    from the provider, which proves the credentials without a counted call. `known_artist` is the id of an artist that
    has long existed, to be requested as a proof of the credentials. `brings` are its roles: jobs use it for these. An
    `optional` provider is off until it is configured, without a warning; without `follows_redirects` its client reads
    redirects itself.
    """

    name: ProviderName
    title: str
    settings: type[S]
    secrets: tuple[str, ...]
    environment: dict[str, str]
    known_artist: str
    endpoints: tuple[Endpoint, ...]
    brings: frozenset[Role]
    client: Callable[[S], Artists]
    auth: Callable[[S, HttpSession, Clock], Auth]
    proves_credentials: bool = False
    optional: bool = False
    follows_redirects: bool = True


def _is_web(address: str) -> bool:
    """Return whether a provider can be reached at an address."""
    try:
        check_web(address)
    except ValueError:
        return False
    return bool(re.fullmatch(r"https?://[^\s/]+\S*", address))
