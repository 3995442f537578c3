"""Spans of facts: a request, its job, the job's calls and commits are one trace, on any number of nodes."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from patience import LONGEST_S
from sample_facts import KINDS, sample
from thesetd.adapters.metrics.spans import EndingExporter, SpanObserver, spans_to
from thesetd.domain.facts import BatchesWritten, CallFinished, Fact, ImportAnswered, JobClaimed, JobEnded
from thesetd.domain.ids import SPOTIFY, JobId

NOW = 1_800_000_000_000_000_000
ANSWERED = ImportAnswered(outcome="accepted", seconds=0.25, request_id="r1")
CLAIMED = JobClaimed(job_id=JobId(7), kind="import_artist", lane="interactive", request_id="r1")
ENDED = JobEnded(job_id=JobId(7), kind="import_artist", state="done", seconds=3.0, request_id="r1")
WRITTEN = BatchesWritten(batches=2, changed={"songs": 12}, events=1, rejects=0, seconds=0.02, jobs=(JobId(7), JobId(8)))


def call(job_id: int | None, request_id: str | None, outcome: str = "ok") -> CallFinished:
    """Make a call that has waited for a second and took half of one."""
    return CallFinished(
        provider=SPOTIFY,
        endpoint="albums",
        lane="interactive",
        outcome=outcome,
        latency_s=0.5,
        waited_s=1.0,
        job_id=None if job_id is None else JobId(job_id),
        request_id=request_id,
    )


def spans(*told: Fact, node: str = "one") -> list[ReadableSpan]:
    """Return the spans that a node makes of facts."""
    exporter = InMemorySpanExporter()
    observer = SpanObserver(SimpleSpanProcessor(exporter), node, lambda: NOW)
    for fact in told:
        observer.notify(fact)
    return list(exporter.get_finished_spans())


def test_an_import_is_one_trace() -> None:
    """Request, job, calls and commits hang together, and each began when it began."""
    found = spans(call(None, "r1"), ANSWERED, CLAIMED, call(7, "r1"), WRITTEN, ENDED)
    asked, request, called, commit, job = found
    assert [span.name for span in found] == [
        "spotify albums",
        "import request",
        "spotify albums",
        "commit",
        "job import_artist",
    ]
    assert {span.context.trace_id for span in found} == {request.context.trace_id}
    assert request.parent is None
    parents = [(span.parent or request.context).span_id for span in (asked, called, commit, job)]
    assert parents == [request.context.span_id, job.context.span_id, job.context.span_id, request.context.span_id]
    assert len({span.context.span_id for span in found}) == len(found)
    assert called.end_time == NOW
    assert called.start_time == NOW - 1_500_000_000
    assert called.attributes == {"thesetd.lane": "interactive", "thesetd.outcome": "ok", "thesetd.waited_s": 1.0}
    assert commit.attributes == {"thesetd.batches": 2, "thesetd.rejects": 0, "thesetd.rows.songs": 12}
    assert (request.kind, called.kind, job.kind) == (SpanKind.SERVER, SpanKind.CLIENT, SpanKind.INTERNAL)
    assert {span.status.status_code for span in found} == {StatusCode.OK}


def test_nodes_meet_in_one_trace() -> None:
    """A job that another node runs belongs to the request that this one answered."""
    (request,) = spans(ANSWERED)
    called, job = spans(CLAIMED, call(7, "r1"), ENDED, node="two")
    assert job.context.trace_id == called.context.trace_id == request.context.trace_id
    assert job.parent is not None
    assert job.parent.span_id == request.context.span_id
    assert job.resource.attributes["service.instance.id"] == "two"


def test_the_trace_of_a_caller_goes_on() -> None:
    """A request that came with a `traceparent` has that trace's id; other ids make one."""
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    ids = [spans(attrs.evolve(ANSWERED, request_id=one))[0].context.trace_id for one in (trace, trace.upper(), "r1")]
    assert ids[0] == int(trace, 16)
    assert len(set(ids)) == len(ids)


def test_a_job_without_a_request_is_a_trace_of_its_own() -> None:
    """So are two runs of one job; a call that belongs to nothing known has no span."""
    claimed = JobClaimed(job_id=JobId(9), kind="sweep", lane="low")
    ended = JobEnded(job_id=JobId(9), kind="sweep", state="ready", seconds=1.0)
    first, second, again = spans(claimed, call(9, None), ended, claimed, ended, call(9, None), call(None, None))
    assert second.parent is None
    assert first.parent == second.context
    assert again.context.trace_id == second.context.trace_id
    assert again.context.span_id != second.context.span_id


def test_each_run_of_a_job_that_was_claimed_again_has_its_span() -> None:
    """A job that was taken away while the node hung runs twice for a moment; the first run ends first, as lost."""
    claimed = JobClaimed(job_id=JobId(9), kind="sweep", lane="low")
    lost, done = (JobEnded(job_id=JobId(9), kind="sweep", state=state, seconds=1.0) for state in ("lost", "done"))
    early, first, late, second = spans(claimed, call(9, None), claimed, lost, call(9, None), done)
    assert (early.parent, late.parent) == (first.context, second.context)
    assert (first.attributes or {})["thesetd.job.state"] == "lost"
    assert (second.attributes or {})["thesetd.job.state"] == "done"


def test_a_failure_is_told_with_its_reason() -> None:
    """An artist that a provider does not know is an answer, not a failure."""
    failed = JobEnded(job_id=JobId(7), kind="import_artist", state="failed", seconds=1.0, error="no such artist")
    unknown, broken, job = spans(CLAIMED, call(7, "r1", "NotFound"), call(7, "r1", "Unavailable"), failed)
    assert unknown.status.status_code is StatusCode.OK
    assert (broken.status.status_code, broken.status.description) == (StatusCode.ERROR, "Unavailable")
    assert (job.status.status_code, job.status.description) == (StatusCode.ERROR, "no such artist")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_fact_is_taken(kind: type[Any]) -> None:
    """An observer never raises."""
    spans(CLAIMED, sample(kind))


@contextmanager
def collector() -> Iterator[tuple[str, "queue.Queue[tuple[str, bytes]]"]]:
    """Receive what is sent to a collector: path and body of each request."""
    received: queue.Queue[tuple[str, bytes]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.put((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/", received
        finally:
            server.shutdown()
            thread.join()


def test_a_collector_receives_them() -> None:
    """Over OTLP, by HTTP, with the service's name."""
    with collector() as (url, received):
        observer = spans_to(url, "one")
        observer.notify(ANSWERED)
        observer.close()
        path, body = received.get(timeout=LONGEST_S)
    assert path == "/v1/traces"
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert "thesetd" in {one.value.string_value for one in resource.resource.attributes if one.key == "service.name"}
    assert [span.name for scope in resource.scope_spans for span in scope.spans] == ["import request"]


def test_a_collector_that_is_away_harms_nothing() -> None:
    """What cannot be sent is lost, and nobody waits for it."""
    observer = spans_to("http://127.0.0.1:9", "one")
    observer.notify(ANSWERED)
    observer.close()


def test_no_request_begins_after_the_last_moment() -> None:
    """However many spans are left, and however long a collector takes, the process ends."""
    with collector() as (url, received):
        exporter = EndingExporter(endpoint=f"{url}v1/traces", timeout=LONGEST_S)
        assert exporter.export(spans(ANSWERED)) is SpanExportResult.SUCCESS
        exporter.end_at(0.0)
        assert exporter.export(spans(ANSWERED)) is SpanExportResult.FAILURE
        exporter.shutdown()
    assert received.qsize() == 1
