"""Identifies callers on the control socket by the user and the groups of the peer process.

Every client that may open the socket may do everything, unless `[control]` names users and groups for a scope. Root and
the daemon's own user always have all three, so that the operator cannot be locked out.

Source: unix(7), SO_PEERCRED; SO_PEERGROUPS (Linux 4.13) gives the supplementary groups.
"""

import grp
import os
import pwd
import socket
import struct
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import attrs
from starlette.types import Scope as Connected

from thesetd.adapters.web.access.names import look_up
from thesetd.adapters.web.access.policy import EVERY_SCOPE, Grant
from thesetd.domain.errors import ConfigError, ListenerUnavailable
from thesetd.ports.surface.endpoints import Scope

PEER = "thesetd.peer"  # an ASGI extension: the socket to a client on the same machine
SO_PEERGROUPS = 59  # asm-generic/socket.h; the socket module has no name for it
NAME_S = 1.0  # time to look up the name for a refusal; after that the number is shown
_CREDENTIALS, _GROUPS_BYTES = struct.Struct("3i"), 1024  # the size that getsockopt accepts: 256 groups


@attrs.frozen
class Peer:
    """The user and the groups of a process."""

    uid: int
    gids: frozenset[int]

    @classmethod
    def of(cls, sock: Any) -> "Peer":
        """Ask the kernel for the peer process of a Unix socket."""
        _, uid, gid = _CREDENTIALS.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
        try:
            raw = sock.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, _GROUPS_BYTES)
        except OSError:  # more groups than fit, or an older kernel: only its primary group counts
            raw = b""
        return cls(uid, frozenset({gid, *(number for (number,) in struct.iter_unpack("I", raw))}))


@attrs.frozen(kw_only=True)
class Members:
    """The holders of a scope: users and groups by their numbers."""

    uids: frozenset[int]
    gids: frozenset[int]

    @classmethod
    def named(cls, names: Collection[str], key: str) -> "Members":
        """Look names up: users, and groups after an @.

        Raises:
            ConfigError: there is no such user or group.
        """
        uids, gids = set(), set()
        for name in names:
            try:
                if name.startswith("@"):
                    gids.add(grp.getgrnam(name[1:]).gr_gid)
                else:
                    uids.add(pwd.getpwnam(name).pw_uid)
            except KeyError:
                what = f"group {name[1:]!r}" if name.startswith("@") else f"user {name!r}"
                raise ConfigError([f"{key}: there is no {what}: groups are written as @name"]) from None
        return cls(uids=frozenset(uids), gids=frozenset(gids))

    def include(self, peer: Peer) -> bool:
        """Return whether a process is one of them."""
        return peer.uid in self.uids or not self.gids.isdisjoint(peer.gids)


class PeerAccess:
    """Identifies callers by their process; see `thesetd.adapters.web.access.policy.Access`."""

    def __init__(self, members: Mapping[Scope, Members], own: Collection[int] | None = None) -> None:
        """Take the holders of each scope (a missing scope belongs to every caller), and the users that have all."""
        self._members = members
        self._own = {0, os.geteuid()} if own is None else own

    @classmethod
    def named(cls, names: Mapping[Scope, Collection[str] | None]) -> "PeerAccess":
        """Look up named users and groups; None means every caller.

        Raises:
            ConfigError: there is no such user or group.
        """
        said = {one: who for one, who in names.items() if who is not None}
        return cls({one: Members.named(who, f"control.{one.value}_by") for one, who in said.items()})

    def granted(self, connected: Connected) -> Grant:
        """Return what the peer process may do; see `Access`."""
        if not self._members:
            return Grant(who="everybody", scopes=EVERY_SCOPE)
        peer = Peer.of(connected["extensions"][PEER])
        if peer.uid in self._own:
            return Grant(who=f"uid {peer.uid}", scopes=EVERY_SCOPE)
        refused = {scope for scope, who in self._members.items() if not who.include(peer)}
        remedy = "an operator may name it or its group in [control]"
        return Grant(
            who=f"uid {peer.uid}", scopes=EVERY_SCOPE - refused, remedy=remedy, name=partial(_named_user, peer.uid)
        )


async def _named_user(uid: int) -> str:
    with suppress(ListenerUnavailable):
        return f"user {await look_up(partial(_name, uid), within_s=NAME_S)}"
    return f"uid {uid}"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
