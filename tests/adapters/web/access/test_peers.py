"""Callers on the control socket, as the kernel knows them."""

import grp
import os
import pwd
import socket
import threading

import pytest
import trio

from patience import LONGEST_S
from thesetd.adapters.web.access import peers
from thesetd.adapters.web.access.names import look_up
from thesetd.adapters.web.access.peers import PEER, Members, Peer, PeerAccess
from thesetd.adapters.web.access.policy import EVERY_SCOPE, require
from thesetd.adapters.web.problems import RequestProblem
from thesetd.domain.errors import ConfigError, ListenerUnavailable
from thesetd.ports.surface.endpoints import Scope

NO_USERS = Members(uids=frozenset(), gids=frozenset())
ME, MINE = os.getuid(), frozenset({os.getgid(), *os.getgroups()})


def scopes(access: PeerAccess) -> frozenset[Scope]:
    """Return what a process of this user may do."""
    one, other = socket.socketpair()
    with one, other:
        return access.granted({"extensions": {PEER: one}}).scopes


def test_the_kernel_says_who_it_is() -> None:
    """User, group and supplementary groups are those of the process at the other end."""
    one, other = socket.socketpair()
    with one, other:
        assert Peer.of(one) == Peer(ME, MINE)


def test_without_names_everybody_may_everything() -> None:
    """The socket's mode and group decide alone."""
    assert scopes(PeerAccess({}, own=())) == EVERY_SCOPE


@pytest.mark.parametrize(
    ("members", "may"),
    [
        (NO_USERS, False),
        (Members(uids=frozenset({ME}), gids=frozenset()), True),
        (Members(uids=frozenset({ME + 1}), gids=frozenset()), False),
        (Members(uids=frozenset(), gids=MINE), True),
        (Members(uids=frozenset(), gids=frozenset({max(MINE) + 1})), False),
    ],
)
def test_a_scope_is_narrowed_to_users_and_groups(members: Members, may: bool) -> None:  # noqa: FBT001 - a table's column
    """Scopes that name nobody stay open to everybody."""
    assert scopes(PeerAccess({Scope.OPERATE: members}, own=())) == EVERY_SCOPE - ({Scope.OPERATE} if not may else set())


def test_root_and_the_daemon_itself_may_everything() -> None:
    """Nobody locks the operator out."""
    assert scopes(PeerAccess(dict.fromkeys(Scope, NO_USERS))) == EVERY_SCOPE


def test_names_are_looked_up_when_the_daemon_starts() -> None:
    """Users as they are, groups after an @; what there is not is a fault with its key."""
    user, group = pwd.getpwuid(ME).pw_name, grp.getgrgid(os.getgid()).gr_name
    found = Members.named([user, f"@{group}"], "control.read_by")
    assert found == Members(uids=frozenset({ME}), gids=frozenset({os.getgid()}))
    for name, what in (("no-such-user", "user 'no-such-user'"), ("@no-such-group", "group 'no-such-group'")):
        with pytest.raises(ConfigError, match=rf"control.read_by: there is no {what}"):
            PeerAccess.named({Scope.READ: [name], Scope.IMPORT: None, Scope.OPERATE: None})


async def test_a_user_database_that_hangs_stops_neither_the_loop_nor_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A refused caller is told its number instead of its name; the loop runs meanwhile, however many callers wait."""
    answers = threading.Event()
    monkeypatch.setattr(peers, "NAME_S", 0.05)
    monkeypatch.setattr(pwd, "getpwuid", lambda _: answers.wait())
    access, (one, other) = PeerAccess(dict.fromkeys(Scope, NO_USERS), own=()), socket.socketpair()
    refused: list[str] = []

    async def ask() -> None:
        with pytest.raises(RequestProblem) as caught:
            await require(Scope.READ, {"extensions": {PEER: one}}, access)
        refused.append(caught.value.problem.detail)

    with one, other, trio.fail_after(LONGEST_S):
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(ask)
            await trio.lowlevel.checkpoint()  # comes back while all of them wait
    assert {f"uid {ME} has no scope" in text for text in refused} == {True}
    answers.set()


async def test_names_that_cannot_be_looked_up_at_the_start_are_waited_for() -> None:
    """A look-up that hangs is given up, so that the listener tries again; one that answers later finds its thread."""
    answers = threading.Event()
    for _ in range(6):  # more than there are threads for it
        with pytest.raises(ListenerUnavailable, match="users and groups cannot be looked up"):
            await look_up(answers.wait, within_s=0.02)
    answers.set()
    assert await look_up(lambda: 7) == 7
