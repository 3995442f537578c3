"""Asking again for what cannot be accepted yet."""

from collections.abc import Callable

import attrs
import pytest

from thesetd.ctl.failures import ProblemReply
from thesetd.ctl.insisting import insist


@attrs.define
class Time:
    """A clock that sleeping sets on."""

    at: float = 100.0

    def now(self) -> float:
        """Return the time."""
        return self.at

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds


def refusing(*answers: ProblemReply | str) -> Callable[[], str]:
    """Return a question that is answered with these, one after the other."""
    rest = list(answers)

    def ask() -> str:
        answer = rest.pop(0)
        if isinstance(answer, ProblemReply):
            raise answer
        return answer

    return ask


AWAY = ProblemReply(503, {"detail": "the database takes no writes"}, retry_after_s=5.0)


def test_what_is_refused_for_now_is_asked_for_again() -> None:
    """After the pause that the daemon wants, and the reason is told once."""
    time, told = Time(), list[str]()
    answer = insist(refusing(AWAY, AWAY, "done"), 60, on_wait=told.append, sleep=time.sleep, now=time.now)
    assert (answer, time.at) == ("done", 110.0)
    assert told == ["the database takes no writes: retrying for up to 60 s"]


@pytest.mark.parametrize(
    ("refusal", "wait_s"),
    [
        (ProblemReply(404, {}, retry_after_s=1.0), 60.0),
        (ProblemReply(503, {}), 60.0),
        (ProblemReply(503, {}, retry_after_s=3600.0), 60.0),
        (AWAY, 0.0),
    ],
)
def test_a_refusal_that_waiting_does_not_help_is_told_at_once(refusal: ProblemReply, wait_s: float) -> None:
    """Another status, no moment to come back, one that is too late, and no wait that was wanted."""
    time, told = Time(), list[str]()
    with pytest.raises(ProblemReply):
        insist(refusing(refusal), wait_s, on_wait=told.append, sleep=time.sleep, now=time.now)
    assert (time.at, told) == (100.0, [])


def test_the_wait_ends() -> None:
    """With the last refusal, before the next pause would pass the end."""
    time = Time()
    with pytest.raises(ProblemReply):
        insist(refusing(AWAY, AWAY, AWAY), 12, on_wait=lambda _: None, sleep=time.sleep, now=time.now)
    assert time.at == 110.0
