"""What brings each alert about, in a real daemon: one row for each alert of the rules."""

import base64
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import attrs

from alerts.ground import PLANTED, Ground
from alerts.receiver import AnsweringReceiver
from thesetd.ctl.client import DaemonClient
from thesetd.ctl.doors import SocketDoor
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ports.surface.rows.imports import SHOW_IMPORT

MINUTELY = "* * * * *"
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@attrs.frozen(kw_only=True)
class Cause:
    """How an alert is caused; `options` is for the sandbox."""

    alert: str
    what: str
    act: Callable[[Ground], None]
    variables: Mapping[str, str] = attrs.field(factory=dict)
    options: Sequence[str] = ()
    wrapper: Sequence[str] = ()


def _restarting(ground: Ground) -> None:
    for _ in range(4):
        ground.end()
        ground.start()
        ground.recording.more(2)


def _private_server_killed(ground: Ground) -> None:
    os.kill(ground.child("redis-server"), signal.SIGKILL)


def _loop_stopped(ground: Ground) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        ground.signal(signal.SIGSTOP)
        time.sleep(0.45)
        ground.signal(signal.SIGCONT)
        time.sleep(0.35)


def _many_streams(ground: Ground) -> None:
    for _ in range(60):
        one = ground.closing(socket.create_connection(("127.0.0.1", ground.port)))
        one.sendall(b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n")


def _bad_reload(ground: Ground) -> None:
    with (ground.folder / "thesetd.toml").open("a") as file:
        file.write('[log]\nlevel = "loud"\n')
    ground.signal(signal.SIGHUP)


def _defect(text: str) -> Callable[[Ground], None]:
    def act(ground: Ground) -> None:
        (ground.folder / "defect").write_text(text)

    return act


def _import_beside(provider: str, **fault: object) -> Callable[[Ground], None]:
    def act(ground: Ground) -> None:
        ground.fault(provider, **fault)
        ground.ask()

    return act


def _open_breaker(ground: Ground) -> None:
    _import_beside("setlistfm", status=503, for_s=600)(ground)
    ground.until_metric("thesetd_breaker_state", ("breaker", "setlistfm"), ("state", "open"))


def _imports(count: int) -> Callable[[Ground], None]:
    def act(ground: Ground) -> None:
        for number in range(count):
            ground.ask(number)

    return act


def _imports_and_forecast(ground: Ground) -> None:
    _imports(6)(ground)
    ground.until_metric("thesetd_quota_exhausted_timestamp_seconds")


def _refusing_ledger(ground: Ground) -> None:
    ground.sql("alter table thesetd.api_calls add constraint no check (false) not valid")
    ground.ask()


def _refusing_shows(ground: Ground) -> None:
    ground.sql("alter table shows add constraint no check (false) not valid")
    ground.ask()
    ground.until_metric("thesetd_rows_rejected_total")


def _away_and_asked(ground: Ground) -> None:
    ground.refuse_connections()
    ground.ask()


def _redis_away_and_import(ground: Ground) -> None:
    ground.redis.stop()
    ground.ask()
    ground.recording.more(66)


def _set_back_and_resumed(change: str) -> Callable[[Ground], None]:
    def act(ground: Ground) -> None:
        ground.ctl("pause", "all")
        ground.ask()
        ground.sql(f"update thesetd.jobs set {change}")
        ground.recording.mark()
        ground.ctl("resume", "all")
        ground.until("select every(state = 'done') from thesetd.jobs where kind = 'import_artist'")

    return act


def _locked_job(*words: str, change: str = "") -> Callable[[Ground], None]:
    def act(ground: Ground) -> None:
        ground.ctl("pause", "all")
        ground.ctl(*(words or ("import", ground.artists[0])))
        if change:
            ground.sql(f"update thesetd.jobs set {change} where state = 'ready'")
        ground.hold("select 1 from thesetd.jobs for update")
        ground.recording.mark()
        ground.ctl("resume", "all")

    return act


def _waiting_person(ground: Ground) -> None:
    _locked_job()(ground)
    ground.recording.more(36)


def _long_run(ground: Ground) -> None:
    ground.ask()
    ground.until("select exists (select 1 from thesetd.jobs where state = 'running')")
    ground.sql("update thesetd.jobs set started_at = started_at - interval '5 hours' where state = 'running'")


def _dead_job(ground: Ground) -> None:
    (ground.folder / "defect").write_text("jobs")
    ground.ask()
    ground.until("select exists (select 1 from thesetd.jobs where state = 'ready' and attempts > 0)")
    ground.sql("update thesetd.jobs set attempts = 9, not_before = now() where state = 'ready'")
    ground.recording.mark()
    ground.until("select exists (select 1 from thesetd.jobs where state = 'dead')")


def _poison(ground: Ground) -> None:
    ground.ctl("pause", "all")
    ground.ask()
    for provider in ("spotify", "ticketmaster", "setlistfm"):
        ground.fault(provider, shape="hang", for_s=3600)
    ground.ctl("resume", "all")
    stored = "checkpoint -> 'steps' ? 'identity'"  # what needs no provider: a life that stores something is no suspect
    for rescues in range(3):
        running = f"state = 'running' and rescues = {rescues} and {stored}"
        ground.until(f"select exists (select 1 from thesetd.jobs where {running})")
        ground.end()
        ground.start()
    ground.recording.more(4)


def _receiver_answers(ground: Ground, status: int, keys: str = "") -> None:
    """Import an artist while a webhook's receiver refuses every message."""
    receiver = ground.closing(AnsweringReceiver(status))
    with (ground.folder / "thesetd.toml").open("a") as file:
        file.write(f'[webhooks.theset]\nurl = "{receiver.url}"\nsecret = "{SECRET}"\nprivate = true\n{keys}\n')
    ground.ctl("reload")
    ground.until("select exists (select 1 from thesetd.webhooks where node is not null)")
    ground.ask()


def _failing_receiver(ground: Ground) -> None:
    _receiver_answers(ground, 503)
    ground.until("select exists (select 1 from thesetd.webhook_messages where attempts > 0)")
    ground.sql("update thesetd.changes set at = at - interval '2 hours'")
    ground.until_metric("thesetd_webhook_oldest_waiting_seconds", above=3600.0)


def _rejecting_receiver(ground: Ground) -> None:
    _receiver_answers(ground, 400, "retry_s = 0.05\ngive_up_h = 0.001")
    ground.until_metric("thesetd_webhook_dead_messages")


def _busy_database(ground: Ground) -> None:
    ground.follow()
    ground.recording.mark()
    ground.hold("lock table thesetd.jobs, thesetd.events, artists in access exclusive mode")

    def ask() -> None:
        while time.monotonic() < until:
            with suppress(Broken, ProblemReply, Unreachable):
                DaemonClient(SocketDoor(ground.daemon.socket)).ask(SHOW_IMPORT, job_id=1)

    until = time.monotonic() + 30
    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    ground.recording.more(15)


def _locked_schedules(ground: Ground) -> None:
    ground.hold("select 1 from thesetd.schedules for update")
    ground.until("select min(next_due) < now() from thesetd.schedules")
    ground.recording.more(6)


def _failing_schedule(ground: Ground) -> None:
    ground.follow()
    (ground.folder / "defect").write_text("jobs")
    ground.recording.mark()
    now = ground.sql("select now()")
    ground.until(f"select exists (select 1 from thesetd.schedules where last_fired > '{now}')")
    ground.recording.more(12)


def _old_backup(ground: Ground) -> None:
    ground.follow()
    ground.end()
    ground.sql(
        "update thesetd.refresh set looked_at = looked_at - interval '40 days', due_at = now() - interval '8 days'"
    )
    ground.recording.mark()
    ground.start()


DISABLED = {
    f"THESETD_SCHEDULES__{name}__ENABLED": "false"
    for name in (
        "SYNC_UPCOMING_SHOWS",
        "SYNC_ACTIVE_ARTISTS",
        "SYNC_TRENDING",
        "SYNC_POPULAR_ARTISTS",
        "SYNC_PAST_SETLISTS",
        "SYNC_RECENT_SETLISTS",
        "DEEP_CATALOG_REFRESH",
        "CLEANUP_OLD_DATA",
    )
}
CAUSES: tuple[Cause, ...] = (
    Cause(alert="ThesetdAbsent", what="kill -9, and nobody starts it", act=lambda g: g.end()),
    Cause(alert="ThesetdNotReady", what="the database refuses connections", act=lambda g: g.refuse_connections()),
    Cause(alert="ThesetdDependencyLost", what="Redis ends", act=lambda g: g.redis.stop()),
    Cause(
        alert="ThesetdActorDown", what="the broadcaster hangs", act=_defect("hang broadcaster"), wrapper=PLANTED
    ),
    Cause(
        alert="ThesetdActorCrashed", what="the scheduler crashes once", act=_defect("crash scheduler"), wrapper=PLANTED
    ),
    Cause(alert="ThesetdRestarting", what="kill -9 and a start, four times", act=_restarting),
    Cause(
        alert="ThesetdPrivateServerRestarted", what="kill -9 of the private Redis", act=_private_server_killed,
        variables={"REDIS_URL": ""},
    ),
    Cause(alert="ThesetdEventLoopSlow", what="the process stands still every second", act=_loop_stopped),
    Cause(
        alert="ThesetdRequestsRefused", what="60 streams where 640 files may be open", act=_many_streams,
        wrapper=("prlimit", "--nofile=640:640"),
    ),
    Cause(
        alert="ThesetdLogLost", what="standard error is /dev/full", act=_imports(1),
        wrapper=("sh", "-c", 'exec "$@" 2>/dev/full', "sh"),
    ),
    Cause(alert="ThesetdReloadRefused", what="SIGHUP after a wrong key", act=_bad_reload),
    Cause(alert="ThesetdPaused", what="`thesetctl pause all`", act=lambda g: g.ctl("pause", "all") and None),
    Cause(alert="ThesetdProviderHeld", what="its answer is 401", act=_import_beside("spotify", status=401, for_s=600)),
    Cause(
        alert="ThesetdProviderPenalised", what="429 with Retry-After: 3600",
        act=_import_beside("setlistfm", status=429, retry_after="3600"),
    ),
    Cause(
        alert="ThesetdBreakerOpen", what="setlistfm answers 503",
        act=_open_breaker,
    ),
    Cause(
        alert="ThesetdQuotaExhausted", what="an import under a quota of 2/1d", act=_imports(1),
        variables={"THESETD_PROVIDERS__TICKETMASTER__LIMITS": "2/1d"},
    ),
    Cause(
        alert="ThesetdQuotaRunningOut", what="six imports under a quota of 60/1d", act=_imports_and_forecast,
        variables={"THESETD_PROVIDERS__SETLISTFM__LIMITS": "60/1d"},
    ),
    Cause(
        alert="ThesetdImportsDegraded", what="setlistfm answers 503 to an import",
        act=_import_beside("setlistfm", status=503, for_s=600),
    ),
    Cause(alert="ThesetdCallsUnrecorded", what="the ledger's table refuses rows", act=_refusing_ledger),
    Cause(alert="ThesetdAcceptSlow", what="a call takes 4 s", act=_imports(1), options=("--latency", "4")),
    Cause(alert="ThesetdRequestsFail", what="an import while the database refuses", act=_away_and_asked),
    Cause(
        alert="ThesetdShowsSlow", what="setlistfm.limits of 1/12s", act=lambda g: g.follow() and None,
        variables={"THESETD_PROVIDERS__SETLISTFM__LIMITS": "1/12s"},
    ),
    Cause(
        alert="ThesetdImportsSlow", what="requested 20 minutes before it could run (set back)",
        act=_set_back_and_resumed("created_at = created_at - interval '20 minutes'"),
    ),
    Cause(alert="ThesetdPersonWaits", what="its row is locked by another session", act=_waiting_person),
    Cause(
        alert="ThesetdQueueStuck", what="due for 7 hours (set back), its row is locked",
        act=_locked_job("schedules", "run", "sync-trending", change="not_before = not_before - interval '7 hours'"),
    ),
    Cause(
        alert="ThesetdJobRunsLong", what="began 5 hours ago (set back), still runs", act=_long_run,
        options=("--latency", "3"),
    ),
    Cause(
        alert="ThesetdDeadJobs", what="a defect, at the tenth attempt (nine set)", act=_dead_job, wrapper=PLANTED
    ),
    Cause(
        alert="ThesetdJobQuarantined", what="kill -9 of the daemon that runs it, three times", act=_poison,
    ),
    Cause(alert="ThesetdRowsRejected", what="a constraint refuses shows", act=_refusing_shows),
    Cause(
        alert="ThesetdOutboxStuck", what="Redis is away for a minute, beside an import", act=_redis_away_and_import,
    ),
    Cause(
        alert="ThesetdWebhookStuck", what="its receiver answers 503, for 2 hours (set back)", act=_failing_receiver,
    ),
    Cause(
        alert="ThesetdWebhookDead", what="its receiver answers 400, under a give_up_h of 0.001",
        act=_rejecting_receiver,
    ),
    Cause(alert="ThesetdDatabaseBusy", what="tables are locked, and 40 clients ask", act=_busy_database),
    Cause(
        alert="ThesetdScheduleLate", what="the rows of schedules are locked", act=_locked_schedules,
        variables={"THESETD_SCHEDULES__SYNC_TRENDING__CRON": MINUTELY},
    ),
    Cause(
        alert="ThesetdScheduleFails", what="its job crashes (a defect)", act=_failing_schedule, wrapper=PLANTED,
        variables={"THESETD_SCHEDULES__SYNC_UPCOMING_SHOWS__CRON": MINUTELY},
    ),
    Cause(
        alert="ThesetdDataStale", what="restored from an old backup (set back), schedules disabled", act=_old_backup,
        variables=DISABLED,
    ),
    Cause(
        alert="ThesetdDataDiffers", what="restored from an old backup (set back), schedules disabled", act=_old_backup,
        variables=DISABLED,
    ),
)  # fmt: skip
