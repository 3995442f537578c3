"""Callers on the control socket, as the kernel knows them."""

import grp
import os
import pwd
import socket

import pytest

from thesetd.adapters.web.access.peers import PEER, Members, Peer, PeerAccess
from thesetd.adapters.web.access.policy import EVERY_SCOPE
from thesetd.domain.errors import ConfigError
from thesetd.ports.surface.endpoints import Scope

NOBODY = Members(uids=frozenset(), gids=frozenset())
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
        (NOBODY, False),
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
    assert scopes(PeerAccess(dict.fromkeys(Scope, NOBODY))) == EVERY_SCOPE


def test_names_are_looked_up_when_the_daemon_starts() -> None:
    """Users as they are, groups after an @; what there is not is a fault with its key."""
    user, group = pwd.getpwuid(ME).pw_name, grp.getgrgid(os.getgid()).gr_name
    found = Members.named([user, f"@{group}"], "control.read_by")
    assert found == Members(uids=frozenset({ME}), gids=frozenset({os.getgid()}))
    for name, what in (("no-such-user", "user 'no-such-user'"), ("@no-such-group", "group 'no-such-group'")):
        with pytest.raises(ConfigError, match=rf"control.read_by: there is no {what}"):
            PeerAccess.named({Scope.READ: [name], Scope.IMPORT: None, Scope.OPERATE: None})
