"""Real scrapes of a daemon as Prometheus' series, and which of the shipped alerts they fire.

A scrape a second stands for one every 15 s, so half a minute of a daemon is eight of an alert's. Before the first
scrape the daemon is taken to have stood as it did then for half an hour, and after the last one as long as an alert may
wait. What is not in a scrape is not in the series either: a counter that is born with its first event stays unseen.
"""

import re
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

import attrs
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

CONFIG = Path(__file__).parents[2] / "config"
RULES = CONFIG / "alerts.yml"
STEP_S = 15
BEFORE_S = 1800
EVERY_S = 1.0  # the daemon renders its metrics once a second at most
AFTER_S = 1200  # beyond what an alert waits: a schedule is late after 900 s
FIRST = 'min_over_time(timestamp(ALERTS{alertstate="firing"})[%dm:15s])'
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

Sample = tuple[str, tuple[tuple[str, str], ...]]


def alerts() -> Mapping[str, int]:
    """Return every alert of the rules with the seconds for which its expression has to hold."""
    parts = re.split(r"- alert: ", RULES.read_text())[1:]
    waits = {part.split()[0]: re.search(r"^\s+for: (\d+)([smhd])", part, re.MULTILINE) for part in parts}
    return {name: int(wait[1]) * UNITS[wait[2]] if wait else 0 for name, wait in waits.items()}


def named() -> frozenset[str]:
    """Return the metrics that the rules name."""
    return frozenset(re.findall(r"\b(?:thesetd|process)_[a-z_]+", RULES.read_text()))


@attrs.frozen
class Scrape:
    """One answer of /metrics, empty if there was none, and when it came."""

    at: float
    samples: Mapping[Sample, float]


def read(text: str, wanted: frozenset[str]) -> Mapping[Sample, float]:
    """Return the samples of these names."""
    return chosen(text_string_to_metric_families(text), wanted)


def chosen(families: Iterable[Metric], wanted: frozenset[str]) -> Mapping[Sample, float]:
    """Return the samples of these names."""
    found = (sample for family in families for sample in family.samples)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for one in found if one.name in wanted}


class Recording:
    """Scrapes an address once a second, from another thread, until it is closed."""

    def __init__(self, base: str) -> None:
        """Begin."""
        self.scrapes: list[Scrape] = []
        self.caused = 0
        self._base, self._wanted = base, named()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def mark(self) -> None:
        """Remember that the cause begins now."""
        self.caused = len(self.scrapes)

    def more(self, count: int) -> None:
        """Wait for so many scrapes."""
        wanted, until = len(self.scrapes) + count, time.monotonic() + 300
        while len(self.scrapes) < wanted:
            assert time.monotonic() < until, "the recording has stopped"
            time.sleep(0.05)

    def close(self) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(EVERY_S):
            self.scrapes.append(Scrape(time.time(), self._scrape()))

    def _scrape(self) -> Mapping[Sample, float]:
        try:
            with urllib.request.urlopen(f"{self._base}/metrics", timeout=60) as answer:
                return read(answer.read().decode(), self._wanted)
        except OSError:
            return {}


def shifted(name: str, value: float, offset_s: float) -> float:
    """Move a moment to the time of the rules, which begins at 0; no moment is none there either."""
    return value + offset_s if name.endswith("_timestamp_seconds") and value > 0 else value


def values(scrapes: list[Scrape], key: Sample, *, step_s: int = STEP_S, before_s: int = BEFORE_S) -> list[str]:
    """Return one value for each scrape: a number, or promtool's words for a series that ends or is not there."""
    found: list[str] = []
    for number, scrape in enumerate(scrapes):
        if key in scrape.samples:
            found.append(repr(shifted(key[0], scrape.samples[key], before_s + step_s * number - scrape.at)))
        else:
            found.append("_" if not found or found[-1] in {"_", "stale"} else "stale")
    return found


def series(scrapes: list[Scrape], held_s: int, *, step_s: int = STEP_S, before_s: int = BEFORE_S) -> str:
    """Write the input of a test of promtool."""
    lines: list[str] = []
    for key in sorted({key for scrape in scrapes for key in scrape.samples}):
        name, labels = key
        told = values(scrapes, key, step_s=step_s, before_s=before_s)
        last = told[-1] if told[-1] != "stale" else "_"
        long = [told[0]] * (before_s // step_s) + told + [last] * (held_s // step_s)
        runs = [(word, len(list(same))) for word, same in groupby(long)]
        text = " ".join(_run_of(word, count) for word, count in runs)
        inside = ",".join(f'{label}="{value}"' for label, value in (*labels, ("instance", "a")))
        lines.append(f"      - series: '{name}{{{inside}}}'\n        values: '{text}'")
    return "\n".join(lines)


def _run_of(word: str, count: int) -> str:
    if word == "stale":
        return " ".join([word] * count)
    if word == "_":
        return f"_x{count}"
    return word if count == 1 else f"{word}x{count - 1}"


def fired(
    scrapes: list[Scrape], folder: Path, held_s: int, *, step_s: int = STEP_S, before_s: int = BEFORE_S
) -> Mapping[str, float]:
    """Run the shipped rules over the scrapes; return when each alert fired first, in seconds from the first scrape.

    They stand for one every `step_s`, after `before_s` and before `held_s` in which nothing changes.

    promtool says what it found instead of nothing, so nothing is what it is told to expect.
    """
    minutes = (before_s + step_s * len(scrapes) + held_s) // 60
    (folder / "alerts.yml").write_text(RULES.read_text())
    file = folder / "caused.yml"
    told = series(scrapes, held_s, step_s=step_s, before_s=before_s)
    file.write_text(
        f"rule_files: [alerts.yml]\nevaluation_interval: {step_s}s\ntests:\n  - interval: {step_s}s\n"
        f"    input_series:\n{told}\n    promql_expr_test:\n      - expr: '{FIRST % (minutes + 1)}'\n"
        f"        eval_time: {minutes}m\n        exp_samples: []\n"
    )
    done = subprocess.run(
        ["promtool", "test", "rules", file.name], cwd=folder, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0 or "got:" in said, said[-2000:]
    found: dict[str, float] = {}
    for name, moment in re.findall(r'alertname="(\w+)"[^}]*\} ([\d.E+]+)', said):
        found[name] = min(found.get(name, float(moment)), float(moment))
    return {name: moment - before_s for name, moment in found.items()}
