"""Providers whose answers are damaged on their way: short, empty, cut or blank, or with a NUL in a name."""

import json
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeAlias

import attrs

Scope: TypeAlias = dict[str, Any]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]
Damage: TypeAlias = Callable[[bytes, random.Random], bytes]


def lists_of(found: Any) -> Iterator[list[Any]]:
    """Yield the lists that tell in the same breath how many items there are: only of those a lack can be seen."""
    if isinstance(found, dict):
        total = "total" in found or "page" in found
        inside = found.get("_embedded", {}) if "page" in found else found
        for value in inside.values():
            if total and isinstance(value, list) and value and isinstance(value[0], dict):
                yield value
        for value in found.values():
            yield from lists_of(value)
    elif isinstance(found, list):
        for value in found:
            yield from lists_of(value)


def _shortened(keep: Callable[[int], int]) -> Damage:
    def damage(body: bytes, dice: random.Random) -> bytes:
        document = json.loads(body)
        if lists := list(lists_of(document)):
            one = dice.choice(lists)
            del one[keep(len(one)) :]
        return json.dumps(document).encode()

    return damage


def _nul(body: bytes, dice: random.Random) -> bytes:
    document = json.loads(body)
    items = [one for found in lists_of(document) for one in found if isinstance(one.get("name"), str)]
    if items:
        dice.choice(items)["name"] += "\0"
    return json.dumps(document).encode()


DAMAGES: dict[str, Damage] = {
    "short": _shortened(lambda count: count // 2),
    "empty": _shortened(lambda _: 0),
    "cut": lambda body, dice: body[: dice.randrange(len(body))],
    "blank": lambda _body, _dice: b"",
    "nul": _nul,
}


@attrs.define
class Spoiling:
    """An application before another one that damages its answers at a rate (0 to 1); `done` counts what it did."""

    app: Any
    dice: random.Random
    rate: float
    done: dict[str, int] = attrs.field(factory=lambda: dict.fromkeys(DAMAGES, 0))

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        """Answer as an ASGI application."""
        if scope["type"] != "http" or "/api/token" in scope["path"]:
            await self.app(scope, receive, send)
            return
        headers = [one for one in scope["headers"] if one[0] != b"accept-encoding"]
        told: list[dict[str, Any]] = []

        async def keep(message: dict[str, Any]) -> None:
            told.append(message)

        await self.app({**scope, "headers": headers}, receive, keep)
        start, body = told[0], b"".join(one.get("body", b"") for one in told[1:])
        if start["status"] == 200 and body[:1] in {b"{", b"["} and self.dice.random() < self.rate:
            kind = self.dice.choice(sorted(DAMAGES))
            body = DAMAGES[kind](body, self.dice)
            self.done[kind] += 1
        kept = [one for one in start["headers"] if one[0].lower() != b"content-length"]
        await send({**start, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})
