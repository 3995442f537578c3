"""Scrapes get the format and the coding that they ask for."""

import gzip
from collections.abc import Mapping

import pytest
from prometheus_client import CollectorRegistry, Counter
from starlette.requests import Request
from starlette.responses import Response

from thesetd.adapters.metrics.exposition import Exposition

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


async def scrape(exposition: Exposition, headers: Mapping[str, str]) -> Response:
    """Scrape once."""
    raw = [(key.encode(), value.encode()) for key, value in headers.items()]
    return await exposition.answer(Request({"type": "http", "method": "GET", "headers": raw}))


@pytest.fixture
def exposition() -> Exposition:
    """Return the exposition of one counter."""
    registry = CollectorRegistry()
    Counter("thesetd_calls_total", "Calls made.", registry=registry).inc()
    return Exposition(registry)


async def test_prometheus_gets_openmetrics_compressed(exposition: Exposition) -> None:
    """With the headers that Prometheus sends the answer is OpenMetrics, ends with its mark, and is compressed."""
    answer = await scrape(exposition, {"accept": OPENMETRICS, "accept-encoding": "gzip"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(answer.body)).endswith(b"thesetd_calls_total 1.0\n# EOF\n")


async def test_others_get_plain_text(exposition: Exposition) -> None:
    """Without these headers it is the text format, as it is."""
    answer = await scrape(exposition, {})
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "content-encoding" not in answer.headers
    assert b"thesetd_calls_total 1.0" in answer.body
