import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from click.testing import CliRunner

from patience import LONGEST_S
from thesetd import __version__
from thesetd.ctl.cli import main
from thesetd.domain.errors import AmbiguousArtist, Candidate, NotConfigured, StoreUnavailable, UnknownArtist
from thesetd.domain.ids import JobId
from thesetd.domain.work.progress import Stage

COMMAND = [str(Path(sys.executable).with_name("thesetctl"))]
CANDIDATES = [
    Candidate(name="Nirvana", spotify_id="6olE6TJLqED3rqDCT0FyPh", followers=19_000_000, genres=("grunge", "rock")),
    Candidate(name="Nirvana", spotify_id="7dIxU1XgxBIa3KJAWzaFAC"),
]


def play_through(server: Any) -> None:
    """Let every import that is followed go through its stages."""

    async def play(job_id: JobId | None) -> None:
        await trio.testing.wait_all_tasks_blocked()
        if job_id is not None:
            server.daemon.finish(job_id)

    server.on_follow(play)


def play_failure(server: Any, stage: Stage = Stage.FAILED) -> None:
    """Let every import that is followed come to another end."""

    async def play(job_id: JobId) -> None:
        server.daemon.advance(job_id, stage)

    server.on_follow(play)


def documents(text: str) -> list[Any]:
    """Read JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def test_import(run: Any) -> None:
    """An import is acknowledged in one line that says how to follow it."""
    result = run("import", "Gorillaz")
    assert result.exit_code == 0
    assert result.output == "Gorillaz (gorillaz): import 1, follow it with `thesetctl tail 1`\n"


def test_import_joins(run: Any) -> None:
    """An import that is already under way is joined, and followed like a new one."""
    run("import", "Gorillaz")
    assert "joined import 1" in run("import", "Gorillaz").output


@pytest.mark.parametrize(
    "args", [("--json", "import", "Gorillaz"), ("import", "Gorillaz", "--json"), ("import", "--json", "Gorillaz")]
)
def test_import_json(run: Any, args: tuple[str, ...]) -> None:
    """--json prints the reply in one line, before or after the command."""
    (reply,) = documents(run(*args).stdout)
    assert reply.items() >= {"job_id": 1, "slug": "gorillaz", "name": "Gorillaz", "status": "initializing"}.items()


def test_follow_lines(run: Any, server: Any) -> None:
    """Without a terminal --follow prints a line per event and ends with 0."""
    play_through(server)
    result = run("import", "Gorillaz", "--follow")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == "Gorillaz (gorillaz): import 1"
    assert [line.split()[2] for line in lines[1:]] == [
        "initializing",
        "fetching-shows",
        "syncing-venues",
        "shows-complete",
        "syncing-catalog",
        "completed",
    ]
    assert "(shows 3, venues 2, albums 12/81)" in lines[5]
    assert "\x1b" not in result.stdout


def test_follow_json(run: Any, server: Any) -> None:
    """--json --follow prints the reply, then each event, the last one final."""
    play_through(server)
    result = run("import", "Gorillaz", "--follow", "--json")
    reply, *events = documents(result.stdout)
    assert reply["job_id"] == 1
    assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6]
    assert (events[-1]["status"], result.exit_code) == ("completed", 0)


def test_follow_joined(run: Any, server: Any) -> None:
    """Who joins an import gets its events from the first on."""
    run("import", "Gorillaz")
    server.call(lambda: server.daemon.advance(JobId(1), Stage.FETCHING_SHOWS))
    play_through(server)
    _, *events = documents(run("import", "Gorillaz", "--follow", "--json").stdout)
    assert [event["seq"] for event in events] == list(range(1, 8))


@pytest.mark.parametrize(
    ("stage", "text"), [(Stage.FAILED, "failed: the world ended"), (Stage.CANCELLED, "cancelled: ")]
)
def test_follow_failure(run: Any, server: Any, stage: Stage, text: str) -> None:
    """An import that fails or is cancelled ends with 1 and its reason on standard error."""
    play_failure(server, stage)
    result = run("import", "Gorillaz", "--follow", "--json")
    assert result.exit_code == 1
    assert documents(result.stdout)[-1]["status"] == stage.value
    assert f"thesetctl: job 1 {text}" in result.stderr


def test_follow_over_a_restart(run: Any, server: Any) -> None:
    """A daemon that restarts during --follow is waited for; every event comes once."""

    async def play(job_id: JobId) -> None:
        play_through(server)
        server.daemon.advance(job_id, Stage.FETCHING_SHOWS)
        await trio.testing.wait_all_tasks_blocked()
        await server.pause_listening()
        await server.resume_listening()

    server.on_follow(play)
    result = run("import", "Gorillaz", "--follow", "--json")
    _, *events = documents(result.stdout)
    assert [event["seq"] for event in events] == list(range(1, 8))
    assert result.exit_code == 0
    assert "waiting for it to come back" in result.stderr


@pytest.mark.parametrize(
    "artist", ["", "   ", "x" * 10_000, "spotify:artist:short", "spotify:track:3AA28KZvwAUcZuOKwyblJQ"]
)
def test_bad_reference(run: Any, artist: str) -> None:
    """What cannot name an artist is a usage error: one line, exit code 2."""
    result = run("import", artist)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_unknown_artist(run: Any, server: Any) -> None:
    """An unknown artist ends with 1 and names that look alike."""
    server.daemon.references["Gorilaz"] = UnknownArtist(
        "Gorilaz", [Candidate(name="Gorillaz", spotify_id="3AA28KZvwAUcZuOKwyblJQ")]
    )
    result = run("import", "Gorilaz")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "thesetctl: no artist found for 'Gorilaz': check the spelling, or give an id",
        "  3AA28KZvwAUcZuOKwyblJQ  Gorillaz",
    ]


def test_ambiguous_artist(run: Any, server: Any) -> None:
    """An ambiguous name ends with 1 and the candidates with their ids."""
    server.daemon.references["Nirvana"] = AmbiguousArtist("Nirvana", CANDIDATES)
    result = run("import", "Nirvana")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "thesetctl: 2 artists are called 'Nirvana': choose one by id",
        "  6olE6TJLqED3rqDCT0FyPh  Nirvana  19,000,000 followers  grunge, rock",
        "  7dIxU1XgxBIa3KJAWzaFAC  Nirvana",
    ]


def test_ambiguous_artist_json(run: Any, server: Any) -> None:
    """With --json the problem document stands on standard output, for programs that choose."""
    server.daemon.references["Nirvana"] = AmbiguousArtist("Nirvana", CANDIDATES)
    (document,) = documents(run("import", "Nirvana", "--json").stdout)
    assert [candidate["id"] for candidate in document["candidates"]] == [c.spotify_id for c in CANDIDATES]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotConfigured("set providers.spotify.client_id and client_secret"), "set providers.spotify.client_id"),
        (StoreUnavailable("refused"), "the database is unavailable, read-only or overloaded: try again"),
        (ZeroDivisionError(), "see the daemon's log"),
    ],
)
def test_refused(run: Any, server: Any, error: Exception, text: str) -> None:
    """What the daemon cannot do now ends with 1 and one line that says what to do."""
    server.daemon.failures["submit"] = error
    result = run("import", "Gorillaz", "--wait", "0")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert text in result.stderr


def test_status_of_a_job(run: Any, server: Any) -> None:
    """A job is shown line by line, without what is not known."""
    server.finish(server.add_job("Gorillaz"))
    lines = dict(line.split(maxsplit=1) for line in run("status", "1").stdout.splitlines())
    assert lines["stage"] == "completed (100 %)"
    assert lines["counts"] == "shows 3, venues 2, albums 81/81"
    assert "last" not in lines


def test_status_of_an_unknown_job(run: Any) -> None:
    """A job that does not exist ends with 1, something that is no number with 2."""
    assert run("status", "9").exit_code == 1
    wrong = run("status", "x")
    assert (wrong.exit_code, "'x' is not a valid job number" in wrong.stderr) == (2, True)


def test_status_of_the_daemon(run: Any, server: Any) -> None:
    """Without a job the daemon's checks are shown, and what is not finished."""
    server.finish(server.add_job("Done"))
    server.add_job("Gorillaz")
    server.daemon.checks["redis"] = "connection refused"
    output = run("status").stdout
    assert re.search(r"thesetd +\S+, not ready\n", output)
    assert re.search(r"redis +connection refused\n", output)
    assert "Gorillaz" in output
    assert "Done" not in output


def test_status_without_a_database(run: Any, server: Any) -> None:
    """What the daemon lacks is shown although its jobs cannot be."""
    server.daemon.checks["database"] = "connection refused"
    server.daemon.failures["statuses"] = StoreUnavailable("connection refused")
    result = run("status")
    assert re.search(r"database +connection refused\n", result.stdout)
    assert (result.exit_code, result.stderr) == (
        1,
        "thesetctl: the database is unavailable, read-only or overloaded: try again in a few seconds\n",
    )


def test_jobs(run: Any, server: Any) -> None:
    """Jobs are listed in aligned columns, by state and up to a limit."""
    server.finish(server.add_job("A"))
    server.add_job("Long Name")
    heading, *rows = run("jobs").stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["2", "1"]
    assert rows[0].index("running") == rows[1].index("done") == heading.index("STATE")
    assert len(run("jobs", "--state", "done", "--state", "failed").stdout.splitlines()) == 2
    assert len(run("jobs", "--limit", "1").stdout.splitlines()) == 2
    assert [job["job_id"] for job in documents(run("jobs", "--json").stdout)[0]["jobs"]] == [2, 1]


def test_jobs_of_an_unknown_state(run: Any) -> None:
    """A state that does not exist is a usage error that lists those that do."""
    result = run("jobs", "--state", "x")
    assert result.exit_code == 2
    assert "'ready', 'running', 'done', 'failed', 'cancelled'" in result.stderr


def test_tail_job(run: Any, server: Any) -> None:
    """A job that has ended is told from its first event to its last."""
    server.finish(server.add_job("Gorillaz"))
    result = run("tail", "1")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 6)


def test_tail_unknown_job(run: Any) -> None:
    """A job that does not exist cannot be followed."""
    assert run("tail", "9").exit_code == 1


def test_schedules(run: Any) -> None:
    """Schedules are listed with their plan; one can be run by hand."""
    output = run("schedules").stdout
    assert re.search(r"sync-trending +0 \*/4 \* \* \* +medium +in 4 h +now +-\n", output)
    assert re.search(r"cleanup-old-data .* off +- +-\n", output)
    assert "job 1" in run("schedules", "run", "sync-trending").stdout
    assert documents(run("schedules", "run", "sync-trending", "--json").stdout) == [
        {"job_id": 2, "schedule": "sync-trending"}
    ]
    assert documents(run("schedules", "--json").stdout)[0]["schedules"][0]["name"] == "sync-trending"


def test_the_plan_of_a_schedule_is_set_and_reset(run: Any) -> None:
    """Both plans are shown, with the time that was given; a refusal says which field is wrong."""
    set_plan = run("schedules", "set", "sync-trending", "*/30 * * * *", "--zone", "Europe/Berlin", "--for", "7d")
    assert set_plan.stdout == "sync-trending: */30 * * * * Europe/Berlin (set, ends in 7 d), next in 4 h\n"
    (document,) = documents(run("schedules", "set", "sync-trending", "5 * * * *", "--json").stdout)
    assert (document["cron"], document["configured"], document["set_until"]) == ("5 * * * *", "0 */4 * * *", None)
    assert run("schedules", "reset", "sync-trending").stdout == "sync-trending: 0 */4 * * *, next in 4 h\n"
    refused = run("schedules", "set", "sync-trending", "0 25 * * *")
    assert (refused.exit_code, "invalid hour '25', expected 0-23" in refused.stderr) == (2, True)


@pytest.mark.parametrize("name", ["nope", "a/b", "é?x=1#y"])
def test_unknown_schedule(run: Any, name: str) -> None:
    """A schedule that does not exist ends with 1 and one line, whatever its name."""
    result = run("schedules", "run", name)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


def test_actors_and_breakers(run: Any) -> None:
    """Actors and breakers are listed."""
    crashed = r"spotify +restarting +ok +2 +0 +ValueError: odd \(now\)\n"
    assert re.search(crashed, run("actors").stdout)
    assert re.search(r"spotify +open +5 +12 s\n", run("breakers").stdout)
    assert documents(run("actors", "--json").stdout)[0]["actors"][0]["name"] == "writer"
    assert documents(run("breakers", "--json").stdout)[0]["breakers"][0]["state"] == "closed"


def test_health(run: Any, server: Any) -> None:
    """A daemon that can work ends with 0; one whose actor hangs ends with 1 and names it."""
    assert run("health").exit_code == 0
    server.daemon.checks["actor writer"] = "writes a batch for 75 s, which takes 60 s at most"
    hung = run("health")
    assert hung.exit_code == 1
    assert re.search(r"not ready\n(.*\n)*actor writer +writes a batch for 75 s", hung.stdout)
    assert documents(run("health", "--json").stdout)[0]["ready"] is False


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    """Each shell's script completes thesetctl."""
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert "_THESETCTL_COMPLETE" in result.stdout


def test_version() -> None:
    """The version is the package's."""
    assert CliRunner().invoke(main, ["--version"]).output == f"thesetctl, version {__version__}\n"


@pytest.mark.parametrize("args", [[], ["nope"], ["import"], ["import", "a", "b"], ["jobs", "--limit", "0"], ["--nope"]])
def test_usage(args: list[str]) -> None:
    """A wrong command line ends with 2."""
    assert CliRunner().invoke(main, args).exit_code == 2


@pytest.mark.parametrize(
    "args", [["import", "A"], ["status"], ["jobs"], ["tail"], ["tail", "1"], ["schedules"], ["actors"], ["breakers"]]
)
def test_unreachable(tmp_path: Path, args: list[str]) -> None:
    """Without a daemon every command ends with 3 and one line that says what to do."""
    result = CliRunner().invoke(main, ["--socket", str(tmp_path / "no"), *args])
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (3, "", 1)
    assert "thesetd run" in result.stderr


@pytest.mark.parametrize(
    "args",
    [
        ["import"],
        ["import", "--follow"],
        ["schedules", "run"],
        ["breakers", "reset"],
        ["limits", "set", "spotify"],
        ["jobs", "--artist"],
        ["calls", "--by"],
        ["cache", "invalidate", "--artist"],
    ],
)
def test_bytes_that_are_no_text(run: Any, args: list[str]) -> None:
    """An argument that is no UTF-8 is one line and a wrong command line, for every command that takes text."""
    result = run(*args, b"caf\xe9".decode(errors="surrogateescape"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "thesetctl: the command line is not valid UTF-8\n"


def test_finds_the_socket(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket is found by the environment; where none is, the message names the daemon's default."""
    monkeypatch.setenv("THESETD_CONTROL__SOCKET", str(server.path))
    assert CliRunner().invoke(main, ["status"]).exit_code == 0
    monkeypatch.delenv("THESETD_CONTROL__SOCKET")
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("STATE_DIRECTORY", str(server.path.parent / "none"))
    assert f"no daemon at {server.path.parent}/none/thesetd.sock" in CliRunner().invoke(main, ["status"]).stderr


def test_real_process(server: Any) -> None:
    """The command as a process: reply and events on standard output, exit code 0."""
    play_through(server)
    done = subprocess.run(
        [*COMMAND, "--socket", server.path, "import", "Gorillaz", "-f", "--json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert documents(done.stdout)[-1]["status"] == "completed"


# Lets Ctrl-C reach a program whatever it inherits: background jobs of a shell ignore it.
INTERRUPTIBLE = """import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_interrupt(server: Any) -> None:
    """Ctrl-C ends --follow with 130 and says that the import goes on."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *COMMAND, "--socket", server.path, "import", "Gorillaz", "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "import 1" in process.stdout.readline()
    assert "initializing" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 130
    assert errors == "thesetctl: interrupted; the import continues: follow it with `thesetctl tail 1`\n"


def test_reader_that_leaves(server: Any) -> None:
    """A pipe whose reader has left is no traceback."""
    for number in range(60):
        server.add_job(f"Artist {number}")
    process = subprocess.Popen(
        [*COMMAND, "--socket", server.path, "jobs"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    process.wait(LONGEST_S)
    assert "Traceback" not in errors
