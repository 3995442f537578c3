"""The real control application and listener, in a thread, over the daemon in memory."""

import importlib.util
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
import trio
import trio.testing
from click.testing import CliRunner, Result

from patience import LONGEST_S
from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.serve import serve_unix
from thesetd.ctl import times
from thesetd.ctl.cli import main
from thesetd.domain.ids import JobId

# The fake stands beside the listeners' own tests; test folders are no packages, so it is loaded by its path.
_spec = importlib.util.spec_from_file_location("web_fakes", Path(__file__).parents[1] / "adapters/web/conftest.py")
assert _spec is not None
assert _spec.loader is not None
fakes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fakes)


class Server:
    """A control socket in a thread of its own; it can be stopped and started again over the same data."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.daemon = fakes.FakeDaemon()
        self._told: SimpleQueue[str] = SimpleQueue()
        self._thread = threading.Thread(target=trio.run, args=(self._live,))

    def start(self) -> None:
        """Start, and wait until it listens."""
        self._thread.start()
        self._told.get(timeout=LONGEST_S)

    def stop(self) -> None:
        """Stop, and wait for the thread."""
        self.call(self._nursery.cancel_scope.cancel)
        self._thread.join(LONGEST_S)
        assert not self._thread.is_alive()

    def call(self, action: Callable[[], Any]) -> Any:
        """Run something in the server's thread."""
        return trio.from_thread.run_sync(action, trio_token=self._token)

    def add_job(self, name: str) -> int:
        """Begin an import."""
        return self.call(lambda: self.daemon.add_job(name).job_id)

    def finish(self, job_id: int) -> None:
        """Take an import to its end."""
        self.call(lambda: self.daemon.finish(JobId(job_id)))

    def on_follow(self, play: Callable[[JobId | None], Any]) -> None:
        """Run an async function whenever somebody begins to follow."""
        self.daemon.on_subscribe = lambda job_id: self._nursery.start_soon(play, job_id)

    def serve(self, listen: Callable[..., Any]) -> str:
        """Serve something else beside the socket, and return where."""

        async def start() -> str:
            async def run(*, task_status: trio.TaskStatus[str]) -> None:
                await listen(task_status)

            address: str = await self._nursery.start(run)
            return address

        return trio.from_thread.run(start, trio_token=self._token)

    async def pause_listening(self) -> None:
        """Close the socket and every connection on it, as a daemon that is restarted."""
        await trio.testing.wait_all_tasks_blocked(0.01)
        self._listening.cancel()
        await self._closed.wait()

    async def resume_listening(self) -> None:
        """Open the socket again."""
        await self._nursery.start(self._listen)

    async def _live(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        async with trio.open_nursery() as self._nursery:
            await self._nursery.start(self._listen)
            self._told.put("listening")
            await trio.sleep_forever()

    async def _listen(self, *, task_status: trio.TaskStatus[str]) -> None:
        self._closed = trio.Event()
        with trio.CancelScope() as self._listening:
            app = control_app(self.daemon.surface)
            await serve_unix(app, self.path, task_status=task_status)
        self._closed.set()


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have ages told as of the moment that the fake daemon lives in."""
    monkeypatch.setattr(times, "now", lambda: fakes.NOW)


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a running control socket."""
    server = Server(tmp_path_factory.mktemp("c") / "s")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def run(server: Server) -> Callable[..., Result]:
    """Return the way to run thesetctl against it, in this process."""
    return lambda *args: CliRunner().invoke(main, ["--socket", str(server.path), *args], prog_name="thesetctl")
