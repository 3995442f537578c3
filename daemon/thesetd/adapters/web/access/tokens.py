"""Checks bearer tokens (RFC 6750): several, each with a name and scopes, one per line of a file.

`theset  read,import  q2v9...`: a name, scopes, and the token, separated by blanks. Only digests are kept, and every one
is compared in constant time, whether an earlier one fits or not. No message, log or answer holds a token.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from http import HTTPStatus

import attrs
from starlette.types import Scope as Connected

from thesetd.adapters.web.access.policy import REALM, Grant
from thesetd.adapters.web.problems import Problem, RequestProblem
from thesetd.ports.surface.endpoints import Scope

SHORTEST = 24  # fewest characters: 144 bits if it is random base64
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, 2.1
_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")
_PARTS = 3


@attrs.frozen(kw_only=True)
class Token:
    """The name of a token, its scopes, and its digest."""

    name: str
    scopes: frozenset[Scope]
    digest: bytes = attrs.field(repr=False)


def parse_tokens(text: str) -> tuple[Token, ...]:
    """Read the lines of a file; empty ones, and those that begin with #, are skipped.

    Raises:
        ValueError: a line is malformed; the message names only its number.
    """
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), start=1)]
    tokens = tuple(_token(number, parts) for number, parts in lines if parts and not parts[0].startswith("#"))
    if not tokens:
        raise ValueError("no token in it: expected a line `name scopes token`")
    for what, seen in (("name", [t.name for t in tokens]), ("token", [t.digest for t in tokens])):
        if len(set(seen)) < len(seen):
            raise ValueError(f"two lines have the same {what}: give each caller its own")
    return tokens


def _token(number: int, parts: list[str]) -> Token:
    if len(parts) != _PARTS or not _NAME.fullmatch(parts[0]):
        raise ValueError(f"invalid line {number}: expected `name scopes token`, for example `theset read,import ...`")
    name, scopes, secret = parts
    known = {scope.value: scope for scope in Scope}
    if not set(scopes.split(",")) <= known.keys():
        raise ValueError(f"invalid scopes in line {number}: expected some of {','.join(known)}")
    if len(secret) < SHORTEST or not _TOKEN.fullmatch(secret):
        raise ValueError(f"invalid token in line {number}: make one with `openssl rand -base64 33`")
    return Token(name=name, scopes=frozenset(known[one] for one in scopes.split(",")), digest=_digest(secret))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


class TokenAccess:
    """Identifies callers by the token that they send; see `thesetd.adapters.web.access.policy.Access`."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        """Take the tokens."""
        self._tokens = tuple(tokens)

    def granted(self, connected: Connected) -> Grant:
        """Return what the sender of the request's token may do; see `Access`."""
        sent = [value for name, value in connected["headers"] if name == b"authorization"]
        if not sent:
            raise _unauthenticated("token-required", "send a token: `Authorization: Bearer ...`", REALM)
        scheme, _, secret = sent[0].decode("latin-1").partition(" ")
        digest, found = _digest(secret.strip()), None
        for token in self._tokens:
            if hmac.compare_digest(token.digest, digest):
                found = token
        if found is None or scheme.lower() != "bearer" or len(sent) > 1:
            detail = "the token is unknown: ask the operator for one of http.tokens_file"
            raise _unauthenticated("token-unknown", detail, f'{REALM}, error="invalid_token"')
        return Grant(who=f"token {found.name}", scopes=found.scopes, remedy="use a token that has it")


def _unauthenticated(kind: str, detail: str, challenge: str) -> RequestProblem:
    headers = {"www-authenticate": challenge}
    return RequestProblem(Problem(status=HTTPStatus.UNAUTHORIZED, kind=kind, detail=detail, headers=headers))
