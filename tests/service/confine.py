"""Run a program under what a unit's [Service] section forbids, without a booted systemd.

    confine.py UNIT PROGRAM [ARGUMENT...]

The system-call filter is the unit's own, its groups resolved by `systemd-analyze syscall-filter`; the restrictions that
systemd itself makes from seccomp rules are made likewise (src/shared/seccomp-util.c of systemd 252). The filters are
stacked, so whatever one of them forbids is forbidden. As root the program becomes nobody and keeps one capability, with
which it reaches an interpreter in a closed folder. What needs mounts (ProtectSystem and its kin) is left to
`make prove-service`.
"""

import ctypes
import ctypes.util
import errno
import os
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from thesetd.adapters.embedded import launch

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NOT_EQUAL, EQUAL, GREATER, MASKED = 1, 4, 6, 7
PROT_WRITE, PROT_EXEC, SHM_EXEC = 2, 4, 0o100000
CLONE_NEW = (0x20000, 0x40, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x2000000, 0x4000000)
SET_ID_BITS = (0o4000, 0o2000)
REALTIME = (1, 2, 6)  # SCHED_FIFO, SCHED_RR, SCHED_DEADLINE
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, CAPABILITIES = 38, 24, 64


class Compare(ctypes.Structure):
    """A condition on an argument; see seccomp_rule_add(3)."""

    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def service(unit: Path) -> Mapping[str, list[str]]:
    """Return the values of each key of the section [Service]."""
    found: dict[str, list[str]] = defaultdict(list)
    section = ""
    for line in unit.read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found[key].append(value)
    return found


def allowed_calls(lines: Iterable[str]) -> set[str]:
    """Return the names that SystemCallFilter= lines leave, read as systemd does: later lines add or take away."""
    allowed: set[str] = set()
    for line in lines:
        names = {call for word in line.removeprefix("~").split() for call in _expand(word)}
        allowed = allowed - names if line.startswith("~") else allowed | names
    return allowed | _expand("@default")


def _expand(word: str) -> set[str]:
    if not word.startswith("@"):
        return {word}
    shown = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True)
    words = [line.strip() for line in shown.stdout.splitlines()[1:]]
    return {call for inner in words if inner and not inner.startswith("#") for call in _expand(inner)}


class Filter:
    """A seccomp filter; what no rule names gets the default."""

    def __init__(self, default: int) -> None:
        self._library = ctypes.CDLL(ctypes.util.find_library("seccomp") or "libseccomp.so.2")
        self._library.seccomp_init.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._library.seccomp_init(default))

    def rule(self, action: int, call: str, *conditions: Compare) -> None:
        """Add a rule; a call that this machine does not have needs none."""
        number = self._library.seccomp_syscall_resolve_name(call.encode())
        if number != -1:
            given = (Compare * len(conditions))(*conditions)
            self._library.seccomp_rule_add_array(self._context, action, number, len(conditions), given)

    def load(self) -> None:
        """Put it in force for this process and all that come of it."""
        if result := self._library.seccomp_load(self._context):
            raise OSError(-result, os.strerror(-result))


def refuse(number: int) -> int:
    """Return the action that answers with an error."""
    return ERRNO | number


def restrict(keys: Mapping[str, list[str]]) -> None:
    """Make the filters that the keys of a unit stand for, and load them; the one of the calls comes last."""
    barred = Filter(ALLOW)
    bar_memory_and_namespaces(keys, barred)
    bar_the_rest(keys, barred)
    calls = Filter(refuse(errno.EPERM))
    for name in allowed_calls(keys["SystemCallFilter"]):
        calls.rule(ALLOW, name)
    barred.load()
    calls.load()


def bar_memory_and_namespaces(keys: Mapping[str, list[str]], barred: Filter) -> None:
    """Add the rules of MemoryDenyWriteExecute and RestrictNamespaces."""
    deny = refuse(errno.EPERM)
    if "MemoryDenyWriteExecute" in keys:
        both = PROT_WRITE | PROT_EXEC
        barred.rule(deny, "mmap", Compare(2, MASKED, both, both))
        for call in ("mprotect", "pkey_mprotect"):
            barred.rule(deny, call, Compare(2, MASKED, PROT_EXEC, PROT_EXEC))
        barred.rule(deny, "shmat", Compare(2, MASKED, SHM_EXEC, SHM_EXEC))
    if "RestrictNamespaces" in keys:
        for flag in CLONE_NEW:
            for call in ("clone", "unshare"):
                barred.rule(deny, call, Compare(0, MASKED, flag, flag))
        barred.rule(deny, "setns")
        barred.rule(refuse(errno.ENOSYS), "clone3")


def bar_the_rest(keys: Mapping[str, list[str]], barred: Filter) -> None:
    """Add the rules of the other restrictions."""
    deny = refuse(errno.EPERM)
    if "RestrictSUIDSGID" in keys:
        for bit in SET_ID_BITS:
            for call, position in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("mkdir", 1), ("mkdirat", 2)):
                barred.rule(deny, call, Compare(position, MASKED, bit, bit))
    if "RestrictRealtime" in keys:
        for policy in REALTIME:
            barred.rule(deny, "sched_setscheduler", Compare(1, EQUAL, policy, 0))
    if "LockPersonality" in keys:
        barred.rule(deny, "personality", Compare(0, NOT_EQUAL, 0, 0))
    for families in keys["RestrictAddressFamilies"]:
        known = {int(getattr(socket, name)) for name in families.split()}
        for family in set(range(max(known))) - known:
            barred.rule(refuse(errno.EAFNOSUPPORT), "socket", Compare(0, EQUAL, family, 0))
        barred.rule(refuse(errno.EAFNOSUPPORT), "socket", Compare(0, GREATER, max(known), 0))


def drop(keys: Mapping[str, list[str]]) -> None:
    """Lose what DynamicUser, CapabilityBoundingSet and NoNewPrivileges take, as far as this process has it."""
    libc = ctypes.CDLL(None)
    os.umask(int(keys["UMask"][0], 8))
    if os.geteuid() == 0:
        for number in set(range(CAPABILITIES)) - {launch.CAP_DAC_OVERRIDE}:
            libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
        launch.drop_to(*launch.stand_in())
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def main(unit: str, *command: str) -> None:
    """Become the program."""
    keys = service(Path(unit))
    drop(keys)
    restrict(keys)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
