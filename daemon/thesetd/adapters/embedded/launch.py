"""Takes the identity that a server requires, then becomes the server.

    launch.py IDENTITY SIGNAL PARENT FOLDER PROGRAM [ARGUMENT...]

Run as a script (`python -I -S`) between the daemon and each server, so that nothing has to run between fork and exec of
a process with threads. Only the standard library is imported. The process keeps its id through exec.

PostgreSQL refuses to run as root, and under a uid without a passwd entry. Its data may be in folders that only root can
enter, which this program must not open up, nor may it create system users. There are three identities, tried in this
order:

own        the caller's uid, where PostgreSQL accepts it.
namespace  a user namespace in which the caller's uid has another number. The files stay the caller's, nothing else
           changes, no privilege is needed. Refused by Docker's default seccomp filter, by RestrictNamespaces=, by some
           kernels; and inside it root may no longer enter folders of other users.
dropped    the uid of nobody, with the one capability (CAP_DAC_OVERRIDE) that keeps every folder reachable. Needs root;
           the data folder has to belong to nobody.

The server receives SIGNAL when the thread that started it ends, however it ends: see PR_SET_PDEATHSIG in prctl(2).
"""

import ctypes
import os
import pwd
import signal
import sys
from pathlib import Path

OWN = "own"
NAMESPACE = "namespace"
DROPPED = "dropped"

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
EXIT_NOT_PERMITTED = 77  # EX_NOPERM, sysexits.h


def has_passwd_entry(uid: int) -> bool:
    """Return whether the system knows a user of this uid."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def stand_in() -> tuple[int, int]:
    """Return uid and gid of the user nobody or, without one, of any user except root.

    Raises:
        LookupError: the system knows no user but root.
    """
    users = {entry.pw_name: (entry.pw_uid, entry.pw_gid) for entry in pwd.getpwall() if entry.pw_uid != 0}
    if not users:
        raise LookupError("/etc/passwd names no user but root")
    return users.get("nobody") or min(users.values())


def enter_namespace(uid: int, gid: int) -> None:
    """Map the caller's uid and gid to other numbers, in a new user namespace (user_namespaces(7)).

    Raises:
        OSError: the kernel, a seccomp filter or a security module refuses.
    """
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    _checked(_libc().unshare(CLONE_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")


def drop_to(uid: int, gid: int) -> None:
    """Become another user permanently, keeping CAP_DAC_OVERRIDE through exec (ambient set, capabilities(7)).

    Raises:
        OSError: the process lacks CAP_SETUID, CAP_SETGID or CAP_DAC_OVERRIDE.
    """
    libc = _libc()
    mask = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    _checked(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    _checked(libc.capset(header, effective_permitted_inheritable))
    _checked(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


def die_with(parent: int, number: int) -> None:
    """Request a signal when the parent ends; exit now if it is already gone.

    This comes last, since a change of credentials resets the request.
    """
    _checked(_libc().prctl(PR_SET_PDEATHSIG, number, 0, 0, 0))
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: list[str]) -> None:
    """Take the identity, enter the folder, arrange to end with the parent, and become the program."""
    identity, number, parent, folder, *command = arguments
    try:
        if identity == NAMESPACE:
            enter_namespace(*stand_in())
        elif identity == DROPPED:
            drop_to(*stand_in())
        os.chdir(folder)
        die_with(int(parent), int(number))
        os.execv(command[0], command)  # noqa: S606  no shell is wanted
    except (OSError, LookupError) as error:
        sys.stderr.write(f"cannot run {command[0]} ({identity} identity): {error}\n")
        sys.exit(EXIT_NOT_PERMITTED)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(sys.argv[1:])
