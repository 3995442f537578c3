"""The observer of spans: none unless a collector is configured, and what is missing is named."""

import sys
from pathlib import Path

import attrs
import pytest

from thesetd.adapters.metrics.spans import SpanObserver
from thesetd.app.configuration.config import Config, LogKeys
from thesetd.app.spans import span_observers
from thesetd.domain.errors import ConfigError

PLAIN = Config(state_dir=Path("/var/lib/thesetd"))
TRACED = attrs.evolve(PLAIN, log=LogKeys(otlp_url="http://127.0.0.1:9"))


def test_spans_are_off_by_default() -> None:
    """Without a collector there is no observer, with one there is."""
    assert span_observers(PLAIN) == ()
    (observer,) = span_observers(TRACED)
    assert isinstance(observer, SpanObserver)
    observer.close()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon does not start, and says what to install."""
    monkeypatch.setitem(sys.modules, "thesetd.adapters.metrics.spans", None)
    with pytest.raises(ConfigError, match=r"log\.otlp_url: .* install requirements-otel\.txt"):
        span_observers(TRACED)
