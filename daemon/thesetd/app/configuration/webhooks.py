"""The webhooks' tables of the configuration: `[webhooks.NAME]`, one for each receiver."""

import re
from typing import Any

import attrs

from thesetd.app.configuration.structure import between, part, said, web_address
from thesetd.domain.changes import ChangeKind
from thesetd.domain.webhooks import WebhookTarget, parse_secrets

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@attrs.frozen(kw_only=True)
class WebhookKeys:
    """A receiver of changes. The url counts as a secret, since many contain one."""

    url: str = attrs.field(default="", repr=False, validator=web_address("https://theset.example/hooks"))
    secret: str = attrs.field(default="", repr=False)
    kinds: tuple[str, ...] = attrs.field(default=())
    private: bool = False
    timeout_s: float = attrs.field(default=10.0, validator=between(0.1, 30.0))
    retry_s: float = attrs.field(default=5.0, validator=between(0.05, 3600.0))
    give_up_h: float = attrs.field(default=72.0, validator=between(0.001, 14 * 24.0))

    @secret.validator
    def _readable(self, _: Any, value: str) -> None:
        parse_secrets(value)

    @kinds.validator
    def _known(self, _: Any, value: tuple[str, ...]) -> None:
        known = [kind.value for kind in ChangeKind]
        if odd := [one for one in value if one not in known]:
            raise ValueError(f"unknown kind {said(odd[0])}: expected {', '.join(known)}")

    def hook(self, name: str) -> WebhookTarget:
        """Return the receiver."""
        return WebhookTarget(
            name=name,
            url=self.url,
            keys=parse_secrets(self.secret),
            kinds=tuple(ChangeKind(kind) for kind in self.kinds),
            private=self.private,
            timeout_s=self.timeout_s,
            retry_s=self.retry_s,
            give_up_s=self.give_up_h * 3600.0,
        )


def webhooks(value: Any, faults: list[str]) -> dict[str, WebhookKeys]:
    """Read the tables; add their faults."""
    if not isinstance(value, dict):
        faults.append("webhooks: must be a table of webhooks")
        return {}
    faults.extend(
        f"webhooks: invalid name {said(name)}: expected small letters, digits, - and _"
        for name in value
        if not NAME.fullmatch(name)
    )
    made = {name: part(keys, WebhookKeys, f"webhooks.{name}", faults) for name, keys in value.items()}
    return {name: keys for name, keys in made.items() if keys is not None}
