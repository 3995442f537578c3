"""The asyncio loop inside trio, running callbacks as soon as they are ready instead of one in each turn of trio's loop.

trio-asyncio wakes a task of its own for each callback, and trio polls all sockets before the next one. A statement
of asyncpg makes three callbacks, and so took four turns. Here the task that makes callbacks ready (it was notified of a
readable socket, or begins a coroutine) runs them itself, with those that they make ready: one turn, and half of the
CPU.

Everything else is trio-asyncio's: tasks for sockets, cancellation, the end. Its own task runs what is left: callbacks
that start a task of trio's, timers, those of other threads, all while the loop ends, and whatever does not stop coming.
"""

import asyncio
import heapq
import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any, TypeVar

import trio
from sniffio import thread_local as flavour
from trio_asyncio import TrioEventLoop, open_loop, run_aio_future
from trio_asyncio._handles import AsyncHandle

AT_ONCE = 200  # callbacks that are run before other tasks have their turn

T = TypeVar("T")


class _Ready:
    """The callbacks that are ready, in place of trio-asyncio's channel."""

    def __init__(self) -> None:
        self.handles = deque[asyncio.Handle]()
        self.some = trio.Event()
        self.is_attended = False

    def send_nowait(self, handle: asyncio.Handle) -> None:
        """Add a callback, and wake the loop's task unless another task is about to run what is ready."""
        self.handles.append(handle)
        if not self.is_attended:
            self.some.set()


class QuickLoop(TrioEventLoop):  # type: ignore[misc]  # trio-asyncio has no types
    """See the module; `open_quick_loop` opens one."""

    _q_send: _Ready
    _timers: list[asyncio.TimerHandle]
    _is_ending: bool

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        """Queue a callback, without asyncio's debugging check of what it is, which takes longer than the rest."""
        handle = asyncio.Handle(callback, args, self, context)
        self._queue_handle(handle)
        return handle

    def stop(self, waiter: trio.Event | None = None) -> trio.Event:
        """Leave everything from now on to the loop's own task, which an exception of the last callback ends."""
        self._is_ending = True
        stopped: trio.Event = super().stop(waiter)
        return stopped

    async def run_aio_coroutine(self, coro: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine, beginning at once; see `TrioEventLoop.run_aio_coroutine`."""
        ready = self._q_send
        try:
            self._check_closed()
            await trio.lowlevel.checkpoint_if_cancelled()
            ready.is_attended = True
            task = asyncio.ensure_future(coro, loop=self)
        except BaseException:
            coro.close()
            raise
        finally:
            ready.is_attended = False
        self._run_ready()
        result: T = await run_aio_future(task)
        return result

    def _queue_handle(self, handle: asyncio.Handle) -> asyncio.Handle:
        self._check_closed()
        if not isinstance(handle, asyncio.TimerHandle):
            self._q_send.send_nowait(handle)
            return handle
        heapq.heappush(self._timers, handle)
        if self._timers[0] is handle:
            self._q_send.some.set()
        return handle

    def _run_ready(self, first: asyncio.Handle | None = None) -> None:
        """Run callbacks until none is ready, or the next one is for the loop's own task."""
        ready, handles = self._q_send, self._q_send.handles
        ready.is_attended, outer, flavour.name = True, flavour.name, "asyncio"
        try:
            if first is not None:
                first._run()
            for _ in range(0 if self._is_ending else AT_ONCE):
                if not handles or type(handles[0]) is not asyncio.Handle:
                    break
                handle = handles.popleft()
                if not handle._cancelled:
                    handle._run()
        finally:
            ready.is_attended, flavour.name = False, outer
            if handles:
                ready.some.set()

    async def _io_task(self, fd: Any, handle: Any, wait_ready: Callable[[Any], Awaitable[None]]) -> None:
        with handle._scope:
            try:
                while not handle._cancelled:
                    try:
                        await wait_ready(fd)
                    except OSError:
                        if not handle._cancelled:  # else its socket was closed before this could hear of it
                            raise
                    if not handle._cancelled:
                        self._run_ready(handle)
                    if self._q_send.handles:
                        await self.synchronize()
            except Exception as error:  # noqa: BLE001 - as trio-asyncio's: the loop's handler receives it
                handle._raise(error)

    async def _main_loop_one(self, no_wait: bool = False) -> None:  # noqa: FBT001, FBT002 - as trio-asyncio's
        ready = self._q_send
        if not no_wait:
            with trio.move_on_at(self._next_timer_at()):
                await ready.some.wait()
            ready.some = trio.Event()
        elif not ready.handles:
            raise trio.WouldBlock
        while self._next_timer_at() <= self.time():
            self._run_ready(heapq.heappop(self._timers))
        if ready.handles:
            await self._run_next(ready.handles.popleft())
        if ready.handles:
            ready.some.set()

    async def _run_next(self, handle: asyncio.Handle) -> None:
        """Run a callback and those after it; one that starts a task of trio's is over when that has begun."""
        if not isinstance(handle, AsyncHandle):
            if not handle._cancelled:
                self._run_ready(handle)
            return
        self._q_send.is_attended = True
        try:
            handle._context.run(self._nursery.start_soon, handle._run, name=handle._callback)
            await handle._started.wait()
        finally:
            self._q_send.is_attended = False

    def _next_timer_at(self) -> float:
        while self._timers and self._timers[0]._cancelled:
            heapq.heappop(self._timers)
        return self._timers[0].when() if self._timers else math.inf


@asynccontextmanager
async def open_quick_loop() -> AsyncIterator[QuickLoop]:
    """Open the loop while the block runs; an error that no caller is left to handle ends the block."""
    async with open_loop() as loop:
        former = loop._q_send
        loop.__class__ = QuickLoop
        loop._q_send, loop._is_ending = _Ready(), False
        former.send_nowait(asyncio.Handle(loop._check_closed, (), loop))  # the loop's task already waits there
        yield loop
