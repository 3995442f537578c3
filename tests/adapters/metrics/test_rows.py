"""The rows say what the code can do: their lists of outcomes, causes and tables are complete."""

from thesetd.adapters.metrics import rows
from thesetd.domain import errors
from thesetd.domain.errors import NotConfigured, ProviderError
from thesetd.domain.work.progress import Stage


def under(cls: type[Exception]) -> set[str]:
    """Name a class of errors and all below it."""
    return {cls.__name__}.union(*(under(one) for one in cls.__subclasses__() if one.__module__ == errors.__name__))


def test_every_error_of_a_provider_is_an_outcome_and_a_cause() -> None:
    """A new class of errors is born at zero, too; what never leaves this house is no outcome of a call."""
    every, here = under(ProviderError) - {"ProviderError"}, {"QuotaSpent", "BreakerOpen"}
    assert set(rows.CALL_OUTCOMES) == (every - here) | {"ok", "abandoned"}
    assert set(rows.CAUSES) == (every - {"CapabilityGone"}) | {NotConfigured.__name__, "Late"}


def test_the_stages_that_are_timed_are_stages() -> None:
    """Both are named as events name them."""
    assert {Stage(name) for name in rows.STAGES} == {Stage.SHOWS_COMPLETE, Stage.COMPLETED}
