"""The two units say the same, but for the names of a node."""

from pathlib import Path

import pins

FOLDER = pins.TOP / "systemd"


def directives(unit: Path) -> list[str]:
    """Return the lines that count."""
    return [line for line in unit.read_text().splitlines() if line and not line.startswith("#")]


def test_the_template_differs_in_names_only() -> None:
    """Whatever one unit restricts the other does too: a node's folders, its name and its own variables are all."""
    single, template = directives(FOLDER / "thesetd.service"), directives(FOLDER / "thesetd@.service")
    plain = [line.replace("thesetd-%i", "thesetd").replace(", node %i", "") for line in template]
    added = [line for line in plain if line not in single]
    assert added == ["Environment=THESETD_NODE__NAME=%H-%i", "EnvironmentFile=-/etc/thesetd/%i.environment"]
    assert [line for line in single if line not in plain] == []
