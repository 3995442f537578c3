"""Alert rules, dashboard and runbook: what they name exists, every alert is caused by a test, and each is explained."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from thesetd.adapters.metrics.rows import ROWS_BY_NAME

CONFIG = Path(__file__).parents[2] / "config"
RULES = (CONFIG / "alerts.yml").read_text()
CASES = (CONFIG / "alerts_test.yml").read_text()
ALERTS = re.findall(r"- alert: (\w+)", RULES)
promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is absent (Debian package prometheus)")


def exported(name: str) -> bool:
    """Return whether a daemon exports this name."""
    row = ROWS_BY_NAME.get(name) or ROWS_BY_NAME.get(re.sub(r"_(bucket|count|sum)$", "", name))
    return row is not None and (row.type == "histogram") == bool(re.search(r"_(bucket|count|sum)$", name))


def labels_known(text: str) -> set[str]:
    """Return the labels by which an expression chooses or sums series that no metric has."""
    known = {label for row in ROWS_BY_NAME.values() for label in row.labels} | {
        "le",
        "instance",
        "alertname",
        "alertstate",
    }
    used = set(re.findall(r"[{,]\s*(\w+)\s*(?:=~|!~|!=|=)", text))
    for group in re.findall(r"\b(?:by|on) \(([^)]*)\)", text):
        used |= {label.strip() for label in group.split(",")}
    return used - known


@promtool
def test_rules_and_their_cases_hold() -> None:
    """Promtool finds no fault; each alert fires in its case, alone, and none in an undisturbed day."""
    for command in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run(["promtool", *command], cwd=CONFIG, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_and_a_section() -> None:
    """A new alert without a case that causes it, or without a section of the runbook, is found."""
    assert len(ALERTS) == len(set(ALERTS)) > 30
    assert re.findall(r"- name: (Thesetd\w+)", CASES) == ALERTS
    assert re.findall(r"^### (\w+)", (CONFIG / "runbook.md").read_text(), re.MULTILINE) == ALERTS


@pytest.mark.parametrize("file", ["alerts.yml", "alerts_test.yml", "dashboard.json"])
def test_every_metric_that_is_named_exists(file: str) -> None:
    """Names and labels in rules, cases and dashboard are those that the daemon exports."""
    text = (CONFIG / file).read_text()
    names = set(re.findall(r"\bthesetd_[a-z_]+", text))
    assert len(names) > 20
    assert {name for name in names if not exported(name)} == set()
    if file == "dashboard.json":
        text = "\n".join(target["expr"] for panel in json.loads(text)["panels"] for target in panel["targets"])
    assert labels_known(text) == set()
