"""Reading recorded bodies."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def bodies(folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield the name and the parsed content of every JSON file in a folder, in the order of the names."""
    for path in sorted(folder.glob("*.json")):
        yield path.name, json.loads(path.read_bytes())
