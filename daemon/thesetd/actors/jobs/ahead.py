"""Starts a job's calls before the step that needs their answers, so that they do not wait for each other.

A step takes what was begun for it by a key that says everything the result depends on; if nothing was begun under that
key, the step makes the calls itself. What no step takes is cancelled when the job ends. Only calls that a job will need
in any case are begun, and few at a time: an interrupted run loses the answers that are not stored yet, unless the cache
keeps them. While it does not, no step begins calls of the next (`JobRun.reads_ahead`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import attrs
import trio

from thesetd.domain.errors import ThesetdError

T = TypeVar("T")


@attrs.define(eq=False)
class _Begun:
    """A task that was begun, and its result or error once it is `over`."""

    over: trio.Event = attrs.field(factory=trio.Event)
    result: Any = None
    error: ThesetdError | None = None

    async def run(self, task: Callable[[], Awaitable[Any]]) -> None:
        try:
            self.result = await task()
        except ThesetdError as error:
            self.error = error
        self.over.set()


@attrs.define
class Ahead:
    """What one run of a job has begun."""

    _nursery: trio.Nursery | None = None
    _begun: dict[Hashable, _Begun] = attrs.field(factory=dict)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Allow tasks to be begun while the block runs; those still running at its end are cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                yield
            finally:
                self._nursery = None
                self._begun.clear()
                nursery.cancel_scope.cancel()

    def run(self, task: Callable[[], Awaitable[object]]) -> None:
        """Run a task whose result no step takes; its error ends the job."""
        assert self._nursery is not None
        self._nursery.start_soon(task)

    def begin(self, key: Hashable, task: Callable[[], Awaitable[Any]]) -> None:
        """Begin a task, once, unless the job is not running."""
        if self._nursery is not None and key not in self._begun:
            self._begun[key] = begun = _Begun()
            self._nursery.start_soon(begun.run, task)

    async def take(self, key: Hashable, otherwise: Callable[[], Awaitable[T]]) -> T:
        """Return the result of what was begun under this key, once; otherwise do it now.

        Raises:
            ThesetdError: from the task.
        """
        begun = self._begun.get(key)
        if begun is None:
            return await otherwise()
        await begun.over.wait()
        self._begun.pop(key, None)
        if begun.error is not None:
            raise begun.error
        result: T = begun.result
        return result

    def is_over(self, key: Hashable) -> bool:
        """Return whether what was begun under this key has ended, so that taking it does not wait."""
        begun = self._begun.get(key)
        return begun is not None and begun.over.is_set()

    async def peek(self, key: Hashable) -> Any:
        """Return the result of what was begun under this key, and leave it; None if it failed or nothing was begun."""
        begun = self._begun.get(key)
        if begun is None:
            return None
        await begun.over.wait()
        return begun.result


async def concurrently(tasks: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """Run tasks to their ends at the same time; return their results in order.

    Raises:
        ThesetdError: the error of the one that failed first: those of others may follow from it.
    """
    results: dict[int, T] = {}
    errors: list[ThesetdError] = []

    async def run(number: int, task: Callable[[], Awaitable[T]]) -> None:
        try:
            results[number] = await task()
        except ThesetdError as error:
            errors.append(error)

    async with trio.open_nursery() as nursery:
        for number, task in enumerate(tasks):
            nursery.start_soon(run, number, task)
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(tasks))]
