from pathlib import Path

from thesetd.adapters.metrics.reference import reference_page

FILE = Path(__file__).parents[3] / "config" / "metrics.md"


def test_the_reference_is_what_the_code_says() -> None:
    """`config/metrics.md` is generated: a metric that is added, renamed or reworded is there, too."""
    hint = "run python -m thesetd.adapters.metrics.reference > config/metrics.md"
    assert FILE.read_text() == reference_page(), hint
