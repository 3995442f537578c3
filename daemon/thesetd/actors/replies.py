"""Implements the reply channel for one answer."""

from types import TracebackType
from typing import Generic, TypeVar

import trio

T = TypeVar("T")


class NoAnswer(Exception):
    """The actor that held the command dropped it without an answer."""


class OneReply(Generic[T]):
    """Carries at most one answer from the actor that carries out a command to the one task that asked.

    A memory channel of trio does the same with ten times the memory, 1.8 kB, and thousands of calls may wait. Leaving
    its context, on the answering side, closes it, so the caller never waits for a lost answer.
    """

    __slots__ = ("_answer", "_asker", "_closed", "wanted")

    def __init__(self) -> None:
        """Start without an answer; `wanted` says whether a caller still waits for one."""
        self._answer: tuple[T] | None = None
        self._asker: trio.lowlevel.Task | None = None
        self._closed = False
        self.wanted = True

    def send_nowait(self, answer: T) -> None:
        """Send the answer; it is dropped if its caller is gone."""
        self._answer = (answer,)
        self.close()

    def close(self) -> None:
        """Close the channel: no answer follows except one already sent."""
        self._closed = True
        if self._asker is not None:
            trio.lowlevel.reschedule(self._asker)
            self._asker = None

    def __enter__(self) -> "OneReply[T]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def receive(self) -> T:
        """Wait for the answer.

        Raises:
            NoAnswer: there will be none.
        """
        if self._closed:
            await trio.lowlevel.checkpoint()
        else:
            self._asker = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self._abort)
        if self._answer is None:
            raise NoAnswer
        return self._answer[0]

    def _abort(self, _: object) -> trio.lowlevel.Abort:
        self._asker = None
        return trio.lowlevel.Abort.SUCCEEDED
