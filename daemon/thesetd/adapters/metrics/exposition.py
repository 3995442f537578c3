"""Renders the text for scrapes: in Prometheus' format or in OpenMetrics, compressed if the scraper accepts that."""

import gzip

import trio
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder, gzip_accepted
from starlette.requests import Request
from starlette.responses import Response

AGE_S = 1.0  # rendering blocks the loop: 8 ms at 1,000 series (measured), so many scrapers share one text
FAST = 1  # level of gzip: a scrape is compressed to a twelfth in 1 ms; the best level takes five times as long


class Exposition:
    """Answers scrapes of one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Start with nothing rendered."""
        self._registry = registry
        self._kept: dict[tuple[str, bool], bytes] = {}
        self._until = -1.0

    async def answer(self, request: Request) -> Response:
        """Return the present values; within a second all scrapes of one format share one text."""
        now = trio.current_time()
        if now >= self._until:
            self._kept.clear()
            self._until = now + AGE_S
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        zipped = gzip_accepted(request.headers.get("accept-encoding", ""))
        key = (content_type, zipped)
        if key not in self._kept:
            plain = self._kept.get((content_type, False)) or encode(self._registry)
            self._kept[content_type, False] = plain
            self._kept[key] = gzip.compress(plain, FAST) if zipped else plain
        headers = {"content-type": content_type, "vary": "accept, accept-encoding"}
        return Response(self._kept[key], headers=headers | ({"content-encoding": "gzip"} if zipped else {}))
