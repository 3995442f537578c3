"""Tokens: how a file of them is read, and who is let in by one."""

import re
from typing import Any

import pytest

from thesetd.adapters.web.access.tokens import TokenAccess, parse_tokens
from thesetd.adapters.web.problems import RequestProblem
from thesetd.ports.surface.endpoints import Scope

ONE, TWO = "q2v9Lw7hXk3mBd5TzRc8NfJp", "8NfJpq2v9Lw7hXk3mBd5TzRc"
FILE = f"""# callers
theset   read,import  {ONE}

ops read,import,operate {TWO}
"""


def connected(*sent: str) -> dict[str, Any]:
    """Return the head of a request."""
    return {"headers": [(b"authorization", one.encode()) for one in sent]}


def test_a_file_of_tokens() -> None:
    """Each line is a caller; comments and empty lines are passed over, and no repr holds a token or its digest."""
    tokens = parse_tokens(FILE)
    assert [(one.name, {scope.value for scope in one.scopes}) for one in tokens] == [
        ("theset", {"read", "import"}),
        ("ops", {"read", "import", "operate"}),
    ]
    assert ONE not in repr(tokens)
    assert "digest" not in repr(tokens)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no token in it"),
        ("# nothing\n", "no token in it"),
        (ONE, "invalid line 1"),
        (f"\ntheset {ONE}", "invalid line 2"),
        (f"theset read import {ONE}", "invalid line 1"),
        (f"the/set read {ONE}", "invalid line 1"),
        (f"theset read,write {ONE}", "invalid scopes in line 1: expected some of read,import,operate"),
        ("theset read short-secret", "invalid token in line 1"),
        (f"theset read {ONE}\u00e9", "invalid token in line 1"),
        (f"a read {ONE}\na read {TWO}", "two lines have the same name"),
        (f"a read {ONE}\nb read {ONE}", "two lines have the same token"),
    ],
)
def test_a_bad_file_is_named_without_its_secrets(text: str, fault: str) -> None:
    """The fault says which line, and shows nothing of a token."""
    with pytest.raises(ValueError, match=re.escape(fault)) as caught:
        parse_tokens(text)
    assert not any(secret in str(caught.value) for secret in (ONE, TWO, "short-secret"))


@pytest.mark.parametrize("sent", [f"Bearer {ONE}", f"bearer {ONE}", f"BEARER  {ONE} "])
def test_a_known_token(sent: str) -> None:
    """It has the scopes of its line; the scheme is read in any case (RFC 9110, 11.1)."""
    grant = TokenAccess(parse_tokens(FILE)).granted(connected(sent))
    assert (grant.who, grant.scopes) == ("token theset", {Scope.READ, Scope.IMPORT})


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ((), "token-required"),
        (("",), "token-unknown"),
        (("Bearer",), "token-unknown"),
        ((f"Bearer {ONE[:-1]}",), "token-unknown"),
        ((f"Bearer {ONE}x",), "token-unknown"),
        ((f"Bearer {ONE.lower()}",), "token-unknown"),
        ((f"Basic {ONE}",), "token-unknown"),
        ((ONE,), "token-unknown"),
        (("Bearer theset",), "token-unknown"),
        ((f"Bearer {ONE}", f"Bearer {TWO}"), "token-unknown"),
    ],
)
def test_others_are_told_how_to_come_in(sent: tuple[str, ...], kind: str) -> None:
    """401 with a challenge (RFC 6750, 3); nothing of what was sent is repeated."""
    with pytest.raises(RequestProblem) as caught:
        TokenAccess(parse_tokens(FILE)).granted(connected(*sent))
    problem = caught.value.problem
    assert (problem.status, problem.kind) == (401, kind)
    assert problem.headers["www-authenticate"].startswith('Bearer realm="thesetd"')
    assert ("invalid_token" in problem.headers["www-authenticate"]) == (kind == "token-unknown")
    assert ONE not in problem.detail


def test_every_token_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """However early one fits, all digests are compared, so that time tells nothing."""
    compared: list[bytes] = []
    real = TokenAccess.granted.__globals__["hmac"].compare_digest

    def noting(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return bool(real(one, other))

    monkeypatch.setattr("hmac.compare_digest", noting)
    access = TokenAccess(parse_tokens(FILE))
    for secret in (ONE, TWO):
        access.granted(connected(f"Bearer {secret}"))
    assert len(compared) == 4
