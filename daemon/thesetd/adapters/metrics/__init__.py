"""Metrics: facts become counters and histograms, the running daemon's state becomes gauges at each scrape.

Names are permanent. Labels never hold an artist or a job. Times are seconds, sizes bytes. `rows` has one row for each
metric; `config/metrics.md` is made from it.
"""

from prometheus_client import disable_created_metrics

# A `_created` series for each counter doubles the scrape; Prometheus needs none.
disable_created_metrics()  # type: ignore[no-untyped-call]
