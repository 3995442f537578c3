"""Checks whether a caller has the scope that a route needs."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Protocol

import attrs
from starlette.types import Scope as Connected

from thesetd.adapters.web.problems import Problem, RequestProblem
from thesetd.ports.surface.endpoints import Scope

REALM = 'Bearer realm="thesetd"'
EVERY_SCOPE = frozenset(Scope)


@attrs.frozen(kw_only=True)
class Grant:
    """What a caller may do. `who` names it without a secret; `remedy` says how it can get another scope.

    `name` finds a better name than `who`, which may take a moment, so it is used only for refusals.
    """

    who: str
    scopes: frozenset[Scope]
    remedy: str = ""
    name: Callable[[], Awaitable[str]] | None = None


class Access(Protocol):
    """Identifies callers."""

    def granted(self, connected: Connected) -> Grant:
        """Return what the caller of a request may do.

        Raises:
            RequestProblem: it does not identify itself, or is unknown.
        """
        ...


class Everybody:
    """Grants the same to every caller that can connect."""

    def __init__(self, scopes: frozenset[Scope] = EVERY_SCOPE) -> None:
        """Take the scopes."""
        self._grant = Grant(
            who="a caller without a token", scopes=scopes, remedy="set http.tokens_file and send a token"
        )

    def granted(self, connected: Connected) -> Grant:
        """Return the same for every request; see `Access`."""
        del connected
        return self._grant


async def require(needed: Scope | None, connected: Connected, access: Access) -> None:
    """Check that a request has the scope that its route needs.

    Raises:
        RequestProblem: it does not, or its caller is unknown.
    """
    if needed is None:
        return
    grant = access.granted(connected)
    if needed in grant.scopes:
        return
    who = await grant.name() if grant.name else grant.who
    has = ", ".join(scope.value for scope in Scope if scope in grant.scopes) or "no scope"
    raise RequestProblem(
        Problem(
            status=HTTPStatus.FORBIDDEN,
            kind="missing-scope",
            detail=f"this needs the scope {needed.value}, {who} has {has}: {grant.remedy}",
            more={"scope": needed.value},
            headers={"www-authenticate": f'{REALM}, error="insufficient_scope", scope="{needed.value}"'},
        )
    )
