"""What trying one thing showed, and what all of it means for a start."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from enum import Enum

import attrs

from thesetd.domain.errors import ConfigError, StoreRefused, ThesetdError, leaves

EX_CONFIG = 78  # sysexits.h; the unit does not restart on it


class Verdict(Enum):
    """What one thing does to a start, mildest first."""

    OK = "ok"
    WARNING = "warning"  # the daemon does without it, as the configuration says
    NOT_READY = "not ready"  # the daemon starts, and its readiness is red until this works
    WAITS = "waits"  # the daemon waits for it
    REFUSED = "refused"  # the daemon ends with 78


@attrs.frozen
class Finding:
    """What trying one thing showed, in words that hold no secret."""

    what: str
    verdict: Verdict
    text: str


_OUTCOMES = {
    Verdict.OK: ("thesetd would start", 0),
    Verdict.WARNING: ("thesetd would start", 0),
    Verdict.NOT_READY: ("thesetd would start, and would not be ready", 1),
    Verdict.WAITS: ("thesetd would wait", 1),
    Verdict.REFUSED: (f"thesetd would be refused (exit code {EX_CONFIG})", EX_CONFIG),
}


def outcome(findings: Sequence[Finding]) -> tuple[str, int]:
    """Return what a start would come to, and with which code the check ends."""
    found = {finding.verdict for finding in findings}
    worst = next((verdict for verdict in reversed(Verdict) if verdict in found), Verdict.OK)
    names = ", ".join(finding.what for finding in findings if finding.verdict is worst)
    text, code = _OUTCOMES[worst]
    return f"{text}: see {names}" if code else text, code


async def trying(what: str, attempt: Callable[[], Awaitable[str]], *, otherwise: Verdict) -> list[Finding]:
    """Make an attempt, whose result says what works; give a finding for it or for each of its faults.

    Args:
        what: the thing that is tried.
        attempt: may raise one of the domain's errors, or OSError.
        otherwise: the verdict where it fails with an error that may pass.
    """
    try:
        return [Finding(what, Verdict.OK, await attempt())]
    except (ThesetdError, OSError, BaseExceptionGroup) as error:
        return list(_failed(what, error, otherwise))


def _failed(what: str, error: BaseException, otherwise: Verdict) -> Iterator[Finding]:
    for leaf in leaves(error):
        if isinstance(leaf, ConfigError):
            yield from (Finding(what, Verdict.REFUSED, fault) for fault in leaf.faults)
        elif isinstance(leaf, StoreRefused):
            yield Finding(what, Verdict.REFUSED, str(leaf))
        elif isinstance(leaf, ThesetdError | OSError):
            yield Finding(what, otherwise, str(leaf))
        else:
            raise leaf
