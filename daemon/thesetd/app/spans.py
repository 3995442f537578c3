"""Makes the observer that sends spans, if the configuration names a collector."""

from thesetd.app.configuration.config import Config
from thesetd.domain.errors import ConfigError
from thesetd.ports.observer import Observer


def span_observers(config: Config) -> tuple[Observer, ...]:
    """Return the observer of spans, or none.

    Raises:
        ConfigError: the extra that it needs is not installed.
    """
    if not config.log.otlp_url:
        return ()
    try:
        from thesetd.adapters.metrics.spans import spans_to  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigError(["log.otlp_url: OpenTelemetry is not installed: install requirements-otel.txt"]) from None
    return (spans_to(config.log.otlp_url, config.node.name),)
