"""The gate's order is told once, in the head of `thesetd.actors.gate.gate`, and quoted in `config/gate.md`."""

from pathlib import Path

from thesetd.actors.gate import gate

QUOTING = (Path(__file__).parents[3] / "config" / "gate.md").read_text()


def test_the_document_quotes_the_order() -> None:
    """Word for word, so that a changed order changes the document."""
    order = "\n".join(line for line in (gate.__doc__ or "").splitlines() if line.startswith("    "))
    assert order.count("\n") == 7
    assert order in QUOTING
