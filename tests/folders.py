"""Names the folders of what tests share, and puts them on the path of a script; pytest is told by `pyproject.toml`."""

import sys
from pathlib import Path

SHARED = tuple(Path(__file__).parent / name for name in ("fake", "scenes", "machinery", "outside"))

sys.path += [str(folder) for folder in SHARED]
