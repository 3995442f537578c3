"""Sends spans of requests, jobs, calls and commits to an OpenTelemetry collector; needs the extra `otel`.

A trace is a request, or a job that no request made. Its id follows from theirs, so the spans of all nodes and processes
meet in it although nothing is passed on:

    import request
      └─ job import_artist
           ├─ spotify artist_albums       time in the lane and at the gate included
           └─ commit                      a transaction, once for each of its jobs

Source of the protocol: opentelemetry.io/docs/specs/otlp, HTTP with binary bodies. A library's thread sends the spans in
batches; those that it cannot send are lost.
"""

import atexit
import hashlib
import math
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from thesetd import __version__
from thesetd.domain.facts import BatchesWritten, CallFinished, Fact, ImportAnswered, JobClaimed, JobEnded
from thesetd.domain.ids import JobId

LAST_S = 2.0  # for the spans that are left when the process ends
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")  # W3C Trace Context
_ENDED_WELL = frozenset({"accepted", "joined", "done", "ready", "ok", "NotFound"})


def spans_to(collector: str, node: str) -> "SpanObserver":
    """Return an observer that sends spans to a collector, such as http://127.0.0.1:4318, until the process ends."""
    exporter = EndingExporter(endpoint=f"{collector.rstrip('/')}/v1/traces", timeout=LAST_S)
    observer = SpanObserver(BatchSpanProcessor(exporter), node)

    def close() -> None:
        exporter.end_at(time.monotonic() + LAST_S)
        observer.close()

    atexit.register(close)
    return observer


class EndingExporter(OTLPSpanExporter):
    """Sends spans up to a moment: else a full queue delays the end of the process by a timeout for each batch in it."""

    _until = math.inf

    def end_at(self, moment: float) -> None:
        """Begin no request after this moment, on the clock of `time.monotonic`."""
        self._until = moment

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans, or drop them."""
        return super().export(spans) if time.monotonic() < self._until else SpanExportResult.FAILURE


@attrs.frozen(kw_only=True)
class _Ended:
    """What has ended now and began `seconds` ago; `outcome` is a word of `_ENDED_WELL` or the reason of a failure."""

    name: str
    context: SpanContext
    parent: SpanContext | None
    seconds: float
    outcome: str
    attributes: Mapping[str, str | int | float] = attrs.field(factory=dict)
    kind: SpanKind = SpanKind.INTERNAL


class SpanObserver:
    """Makes spans of facts; see `thesetd.ports.observer.Observer`."""

    def __init__(self, processor: SpanProcessor, node: str, now_ns: Callable[[], int] = time.time_ns) -> None:
        """Take the processor of finished spans, and the node's name."""
        self._processor = processor
        self._now_ns = now_ns
        self._jobs: dict[JobId, list[SpanContext]] = {}  # of its runs here, which may overlap after a lost lease
        self._resource = Resource.create(
            {"service.name": "thesetd", "service.instance.id": node, "service.version": __version__}
        )

    def close(self) -> None:
        """Send what is left, for a short time; it may be closed already."""
        self._processor.shutdown()

    def notify(self, fact: Fact) -> None:
        """Note a job that begins, or send the spans of what has ended."""
        if isinstance(fact, JobClaimed):
            trace = fact.request_id or f"job {fact.job_id}"
            self._jobs.setdefault(fact.job_id, []).append(_context(trace, random.getrandbits(64)))
        now = self._now_ns()
        for one in self._ended(fact):
            status = Status(StatusCode.OK) if one.outcome in _ENDED_WELL else Status(StatusCode.ERROR, one.outcome)
            self._processor.on_end(
                ReadableSpan(
                    one.name,
                    context=one.context,
                    parent=one.parent,
                    resource=self._resource,
                    attributes=one.attributes,
                    kind=one.kind,
                    status=status,
                    start_time=now - round(one.seconds * 1e9),
                    end_time=now,
                )
            )

    def _ended(self, fact: Fact) -> Iterator[_Ended]:
        match fact:
            case ImportAnswered(request_id=str(request)):
                yield _Ended(
                    name="import request",
                    context=_request(request),
                    parent=None,
                    seconds=fact.seconds,
                    outcome=fact.outcome,
                    kind=SpanKind.SERVER,
                )
            case JobEnded():
                yield from self._job(fact)
            case CallFinished():
                yield from self._call(fact)
            case BatchesWritten():
                yield from self._commits(fact)
            case _:
                pass

    def _job(self, fact: JobEnded) -> Iterator[_Ended]:
        runs = self._jobs.get(fact.job_id, [])
        if runs:
            context = runs.pop(0)
            if not runs:
                del self._jobs[fact.job_id]
            yield _Ended(
                name=f"job {fact.kind}",
                context=context,
                parent=_request(fact.request_id) if fact.request_id else None,
                seconds=fact.seconds,
                outcome=fact.state if fact.state in _ENDED_WELL else fact.error or fact.state,
                attributes={"thesetd.job.id": fact.job_id, "thesetd.job.state": fact.state},
            )

    def _call(self, fact: CallFinished) -> Iterator[_Ended]:
        """Yield the span of a call that belongs to a job of this node, or to a request that waits for its reply."""
        parent = self._run(fact.job_id) if fact.job_id is not None else None
        parent = parent or (_request(fact.request_id) if fact.request_id else None)
        if parent is not None:
            yield _Ended(
                name=f"{fact.provider} {fact.endpoint}",
                context=_within(parent),
                parent=parent,
                seconds=fact.waited_s + fact.latency_s,
                outcome=fact.outcome,
                attributes={
                    "thesetd.lane": fact.lane,
                    "thesetd.outcome": fact.outcome,
                    "thesetd.waited_s": fact.waited_s,
                },
                kind=SpanKind.CLIENT,
            )

    def _run(self, job_id: JobId) -> SpanContext | None:
        """Return the latest run of a job on this node."""
        runs = self._jobs.get(job_id)
        return runs[-1] if runs else None

    def _commits(self, fact: BatchesWritten) -> Iterator[_Ended]:
        for parent in filter(None, map(self._run, fact.jobs)):
            yield _Ended(
                name="commit",
                context=_within(parent),
                parent=parent,
                seconds=fact.seconds,
                outcome="ok",
                attributes={"thesetd.batches": fact.batches, "thesetd.rejects": fact.rejects}
                | {f"thesetd.rows.{table}": count for table, count in fact.changed.items()},
            )


def _request(request_id: str) -> SpanContext:
    """Return the context of a request's span: every process derives the same."""
    return _context(request_id, _number(f"request {request_id}", 8))


def _within(parent: SpanContext) -> SpanContext:
    return _with_ids(parent.trace_id, random.getrandbits(64))


def _context(trace: str, span_id: int) -> SpanContext:
    """Return the context of a span in a trace; a request id taken from a `traceparent` is the caller's trace."""
    return _with_ids(int(trace, 16) if _TRACE_ID.fullmatch(trace) else _number(trace, 16), span_id)


def _with_ids(trace_id: int, span_id: int) -> SpanContext:
    return SpanContext(trace_id, span_id or 1, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _number(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size])
