"""The commands that give orders, and the one that says why a job is not further."""

import json
from typing import Any

import attrs
import pytest

from thesetd.ctl.commands import work
from thesetd.domain.ids import JobId
from thesetd.domain.music.edits import Edited
from thesetd.domain.work.jobs import Action, JobState, Ordered


def put(server: Any, *states: JobState) -> None:
    """Make jobs in these states, numbered from 1."""
    for state in states:
        number = server.add_job(f"Artist {state.value}")
        jobs = server.daemon.jobs
        jobs[JobId(number)] = attrs.evolve(jobs[JobId(number)], state=state)


def test_jobs_are_cancelled_one_after_another(run: Any, server: Any) -> None:
    """One that cannot be is told of, the others are cancelled nevertheless, and the exit code says that not all was."""
    put(server, JobState.RUNNING, JobState.DONE, JobState.READY)
    result = run("cancel", "1", "2", "9", "3")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["job 1: cancelled, it was running", "job 3: cancelled, it was ready"]
    assert result.stderr.splitlines() == [
        "thesetctl: job 2 is done: there is nothing to cancel",
        "thesetctl: no job '9': `thesetctl jobs` lists them",
    ]


def test_a_retry_says_what_it_did(run: Any, server: Any) -> None:
    """Ready again, or another job is about the same; as JSON one document for each."""
    put(server, JobState.FAILED, JobState.DEAD, JobState.CANCELLED)
    result = run("retry", "2", "3")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        ["job 2: ready again, it was dead", "job 3: job 1 already does the same, nothing to do"],
    )
    result = run("retry", "--json", "1", "2")
    documents = [json.loads(line) for line in result.stdout.splitlines()]
    assert [document.get("state") for document in documents] == ["ready", "ready"]
    assert (result.exit_code, documents[1]["status"]) == (1, 409)


def test_the_dead_are_listed_and_replayed(run: Any, server: Any) -> None:
    """All of them, or those that are named; where nothing is dead that is no failure."""
    assert (run("dead").output, run("dead", "list").output) == ("no dead jobs\n", "no dead jobs\n")
    assert run("dead", "list", "--json").output == '{"jobs":[]}\n'
    result = run("dead", "replay", "--all")
    assert (result.exit_code, result.output) == (0, "no dead jobs\n")
    put(server, JobState.DEAD, JobState.DONE, JobState.FAILED, JobState.DEAD)
    assert [line.split()[0] for line in run("dead").output.splitlines()] == ["JOB", "4", "1"]
    assert run("dead", "replay", "4").output == "job 4: ready again, it was dead\n"
    assert run("dead", "replay", "--all").output == "job 1: ready again, it was dead\n"


def test_what_is_refused_or_stays_dead_hides_no_other(run: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """All pages are replayed, whatever became of the first; the exit code says that not all was."""
    monkeypatch.setattr(work, "MOST_JOBS", 1)
    put(server, JobState.DEAD, JobState.DEAD, JobState.DEAD, JobState.DEAD, JobState.DONE)
    order = server.daemon.order

    async def order_late(job_id: JobId, action: Action) -> Ordered:
        if job_id == 4:
            server.daemon.jobs[job_id] = attrs.evolve(server.daemon.jobs[job_id], state=JobState.RUNNING)
        return await order(job_id, action)

    monkeypatch.setattr(server.daemon, "order", order_late)
    result = run("dead", "replay", "--all")
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        [
            "job 3: job 1 already does the same, nothing to do",
            "job 2: ready again, it was dead",
            "job 1: ready again, it was dead",
        ],
    )
    assert "job 4" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [("dead", "replay"), ("dead", "replay", "--all", "1"), ("cancel",), ("retry", "x"), ("resume",), ("why",)],
)
def test_a_wrong_command_line_is_told(run: Any, arguments: tuple[str, ...]) -> None:
    """With exit code 2, before the daemon is asked."""
    assert run(*arguments).exit_code == 2


def test_why(run: Any, server: Any) -> None:
    """The cause, when it goes on, what would unblock it, and the calls behind it."""
    server.add_job("Gorillaz")
    assert run("why", "1").output.splitlines() == [
        "job           1 (running)",
        "because       its call waits for a slot within the limits of spotify (albums)",
        "not before    now",
        "unblocked by  time",
        "  spotify albums: slot, 12.5 s",
        "  spotify artist: backoff, 0.5 s, HTTP 502",
    ]
    assert json.loads(run("why", "1", "--json").output)["cause"] == "slot"
    result = run("why", "9")
    assert (result.exit_code, result.stderr) == (1, "thesetctl: no job '9': `thesetctl jobs` lists them\n")


SONG = "00000000-0000-0000-0000-00000000002b"


def test_songs_are_shown_and_decided_about(run: Any, server: Any):
    """A song with its recordings and their evidence; a decision says how it is undone, a refused one why."""
    shown = run("song", "show", SONG).output
    assert "DARE" in shown
    assert "decision 1: 'Dare' merged into 'DARE'" in shown
    assert "offered" in run("song", "show", "gorillaz").output
    assert run("song", "show", "nobody").exit_code == 1
    merged = run("song", "merge", SONG, SONG)
    assert (merged.exit_code, merged.output) == (
        0,
        f"done: song {SONG}, undo it with `thesetctl song undo 1`\n",
    )
    assert run("song", "undo", "1").output == "decision 1 is undone\n"
    server.daemon.edited = Edited(problem="name some of its tracks, but not all")
    refused = run("song", "split", SONG, "a", "b", "--title", "B")
    assert (refused.exit_code, "name some of its tracks" in refused.output) == (1, True)
    assert len(server.daemon.edits) == 3


def test_setlists_are_locked(run: Any):
    """And unlocked; what is no id names nothing."""
    assert run("setlist", "lock", SONG).output == f"setlist {SONG} is locked\n"
    assert run("setlist", "unlock", SONG).output == f"setlist {SONG} is unlocked\n"
    assert run("setlist", "lock", "x").exit_code == 1


def test_reclassifying_is_a_job(run: Any):
    """Its number is told."""
    assert run("reclassify").output == "reclassify: job 1\n"


def test_reviews_are_listed_and_decided(run: Any, server: Any):
    """A page with its evidence, a name with its proposals; an answer says how it is undone."""
    listed = run("review").output
    assert "63de4613" in listed
    assert "another assignment is as good" in listed
    assert f"{SONG} DARE" in listed
    assert run("review", "place", "63de4613", "none").output == "done: undo it with `thesetctl review undo page 1`\n"
    matched = run("song", "match", "gorillaz", "Dare", SONG).output
    assert matched == "done: undo it with `thesetctl review undo song 1`\n"
    billed = run("review", "bill", "8d1f0c1e-5a0b-5c1d-9b55-0c6f0a9d2e11", "the-owls", "anna").output
    assert billed == "done: undo it with `thesetctl review undo bill 1`\n"
    assert run("review", "undo", "page", "1").output == "decision 1 about a page is undone\n"
    assert run("review", "place", "63de4613", "x").exit_code == 2
    assert len(server.daemon.edits) == 4


def test_predictions_are_told(run: Any):
    """How good they were, of all and of one artist."""
    assert "0.812" in run("prediction").output
    assert run("prediction").output.count("0.812") == 2
    assert run("prediction", "gorillaz").output.count("0.812") == 1
    assert run("prediction", "nobody").exit_code == 1
