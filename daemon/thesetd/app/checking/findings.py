"""Defines the findings of a check, and what all of them mean for a start."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from enum import Enum

import attrs

from thesetd.domain.errors import EX_CONFIG, ConfigError, StoreRefused, ThesetdError, leaves


class FindingVerdict(Enum):
    """The effect of one finding on a start, mildest first."""

    OK = "ok"
    WARNING = "warning"  # the daemon works without it, as configured
    NOT_READY = "not ready"  # the daemon starts, but is not ready until this works
    WAITS = "waits"  # the daemon waits for it
    REFUSED = "refused"  # the daemon exits with 78


@attrs.frozen
class Finding:
    """The result of trying one thing, in words without secrets."""

    what: str
    verdict: FindingVerdict
    text: str


_OUTCOMES = {
    FindingVerdict.OK: ("thesetd would start", 0),
    FindingVerdict.WARNING: ("thesetd would start", 0),
    FindingVerdict.NOT_READY: ("thesetd would start, and would not be ready", 1),
    FindingVerdict.WAITS: ("thesetd would wait", 1),
    FindingVerdict.REFUSED: (f"thesetd would be refused (exit code {EX_CONFIG})", EX_CONFIG),
}


def outcome(findings: Sequence[Finding]) -> tuple[str, int]:
    """Return the outcome of a start, and the exit code of the check."""
    found = {finding.verdict for finding in findings}
    worst = next((verdict for verdict in reversed(FindingVerdict) if verdict in found), FindingVerdict.OK)
    names = ", ".join(finding.what for finding in findings if finding.verdict is worst)
    text, code = _OUTCOMES[worst]
    return f"{text}: see {names}" if code else text, code


async def trying(what: str, attempt: Callable[[], Awaitable[str]], *, otherwise: FindingVerdict) -> list[Finding]:
    """Make an attempt, whose result says what works; yield a finding for it or one for each of its faults.

    Args:
        what: the thing that is tried.
        attempt: may raise one of the domain's errors, or OSError.
        otherwise: the verdict if it fails with a temporary error.
    """
    try:
        return [Finding(what, FindingVerdict.OK, await attempt())]
    except (ThesetdError, OSError, BaseExceptionGroup) as error:
        return list(_failed(what, error, otherwise))


def _failed(what: str, error: BaseException, otherwise: FindingVerdict) -> Iterator[Finding]:
    for leaf in leaves(error):
        if isinstance(leaf, ConfigError):
            yield from (Finding(what, FindingVerdict.REFUSED, fault) for fault in leaf.faults)
        elif isinstance(leaf, StoreRefused):
            yield Finding(what, FindingVerdict.REFUSED, str(leaf))
        elif isinstance(leaf, ThesetdError | OSError):
            yield Finding(what, otherwise, str(leaf))
        else:
            raise leaf
