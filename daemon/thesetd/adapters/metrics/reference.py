"""Makes `config/metrics.md` from the rows: `python -m thesetd.adapters.metrics.reference > config/metrics.md`."""

from collections.abc import Iterable

from thesetd.adapters.metrics import rows
from thesetd.adapters.metrics.rows import ROWS_BY_NAME, MetricRow

HEAD = """# Metrics

`GET /metrics` on the HTTP listener (`http.listen`, 127.0.0.1:9464) serves these metrics and those of the process
(`process_*`, `python_info`), as text or OpenMetrics, compressed if the scraper accepts gzip. Names are permanent.
Series that are known beforehand exist from the start with the value 0, so that `increase()` sees the first event.

The figures of the database are read every five seconds. Every node reports the same: aggregate them with `max`, and
counters with `sum`. They are absent while the database is unavailable; `thesetd_survey_timestamp_seconds` is 0 then.

This file is generated from the code; `config/alerts.yml` and `config/dashboard.json` use it. [runbook.md](runbook.md)
says what to do about each alert.
"""
SECTIONS = {"Counters": "counter", "Histograms": "histogram", "Gauges": "gauge"}


def reference_page() -> str:
    """Return the whole file."""
    parts = [HEAD]
    for title, kind in SECTIONS.items():
        parts.append(f"## {title}\n\n{_table(row for row in ROWS_BY_NAME.values() if row.type == kind)}\n")
    labels = ", ".join(f"`{value}`" for value in rows.CALL_OUTCOMES)
    parts.append(f"`outcome` of a call is one of {labels}.\n")
    return "\n".join(parts)


def _table(found: Iterable[MetricRow]) -> str:
    lines = ["| name | labels | meaning |", "| --- | --- | --- |"]
    lines += [f"| `{row.full_name}` | {', '.join(f'`{one}`' for one in row.labels)} | {row.text} |" for row in found]
    return "\n".join(lines)


if __name__ == "__main__":
    print(reference_page(), end="")  # noqa: T201 - its purpose
