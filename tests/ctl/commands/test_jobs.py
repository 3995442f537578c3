"""The list of jobs: its filters, its pages, whose they are and where they run."""

from typing import Any

import attrs

from thesetd.domain.ids import JobId
from thesetd.domain.work.states import JobKind


def numbers(output: str) -> list[str]:
    """Return the jobs of a table."""
    return [line.split()[0] for line in output.splitlines()[1:]]


def test_jobs_are_filtered_and_paged(run: Any, server: Any) -> None:
    """By artist, kind and age; a full page says how to get the next one."""
    for name in ("A", "B", "C"):
        server.add_job(name)
    server.call(lambda: server.daemon.add_job("D", kind=JobKind.SWEEP))
    assert numbers(run("jobs", "--kind", "sweep").stdout) == ["4"]
    assert numbers(run("jobs", "--artist", "B").stdout) == ["2"]
    assert numbers(run("jobs", "--since", "1h", "--kind", "sweep", "--kind", "import_artist").stdout) == [
        "4",
        "3",
        "2",
        "1",
    ]
    page = run("jobs", "--limit", "2")
    assert (numbers(page.stdout), "--before 3" in page.stderr) == (["4", "3"], True)
    assert numbers(run("jobs", "--before", "3").stdout) == ["2", "1"]
    assert run("jobs", "--since", "soon").exit_code == 2


def test_a_job_says_whose_it_is_and_where_it_runs(run: Any, server: Any) -> None:
    """The artist with what was typed, kind and lane, the node, and since when in words."""
    job = JobId(server.add_job("Gorillaz"))
    server.daemon.jobs[job] = attrs.evolve(
        server.daemon.jobs[job], typed="spotify:artist:3AA", node="a", request_id="r-1"
    )
    line = run("jobs").stdout.splitlines()[1]
    for part in ("Gorillaz (spotify:artist:3AA)", "import_artist", "interactive", "running 10 % on a", "now"):
        assert part in line
    shown = run("status", str(job)).stdout
    for part in ("requested as", "spotify:artist:3AA", "request", "r-1", "running on node a"):
        assert part in shown


def test_a_job_is_found_by_the_request_that_began_it(run: Any, server: Any) -> None:
    """In the list, and where it is asked why it is not further; a request that began none is said to be unknown."""
    server.add_job("A")
    job = JobId(server.add_job("B"))
    server.daemon.jobs[job] = attrs.evolve(server.daemon.jobs[job], request_id="r-1")
    assert numbers(run("jobs", "--request", "r-1").stdout) == [str(job)]
    assert run("why", "r-1").stdout.splitlines()[0].split()[1] == str(job)
    done = run("why", "r-2")
    assert (done.exit_code, "no job was created by a request 'r-2'" in done.stderr) == (1, True)
