"""Write the lists that a service is installed from: what constraints.txt pins, less what only developers need.

`make pins` writes the files; a test compares them with what this would write. The closure is read from the metadata of
the installed packages, and the markers of constraints.txt decide what a platform gets.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOP = Path(__file__).parents[2]
BUILD = "hatchling"  # builds the wheel of the daemon itself, without a network
TITLES = {
    "requirements.txt": "What the service needs, and the builder of its wheel; no servers, no test tools.",
    "requirements-otel.txt": "Besides requirements.txt: OpenTelemetry, which sends spans to a collector.",
    "requirements-embedded.txt": "Besides requirements.txt: the private PostgreSQL and Redis, for one user.",
}


def pinned() -> Mapping[str, str]:
    """Return the block of lines of each package in constraints.txt, comments left out."""
    lines = (TOP / "constraints.txt").read_text().splitlines()
    kept = [line for line in lines if not line.lstrip().startswith("#")]
    blocks = re.split(r"\n(?=\S)", "\n".join(kept))
    return {canonicalize_name(re.split(r"[=\[ ]", block)[0]): block.rstrip(" \\\n") for block in blocks if block}


def closure(wanted: Iterable[str], known: Mapping[str, str]) -> set[str]:
    """Return the names of these packages and all that they need."""
    found: set[str] = set()
    waiting = [Requirement(text) for text in wanted]
    while waiting:
        need = waiting.pop()
        name = canonicalize_name(need.name)
        if name not in known or (name in found and not need.extras):
            continue
        found.add(name)
        waiting += [inner for inner in _needs(name) if _applies(inner, need.extras)]
    return found


def _needs(name: str) -> list[Requirement]:
    try:
        return [Requirement(text) for text in requires(name) or ()]
    except PackageNotFoundError:  # its marker excludes it here
        return []


def _applies(need: Requirement, extras: set[str]) -> bool:
    """Return whether it is needed on some platform: only a marker for an extra rules it out."""
    if need.marker is None or "extra" not in str(need.marker):
        return True
    return any(need.marker.evaluate({"extra": extra}) for extra in extras)


def lists() -> dict[str, str]:
    """Return the text of each file."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    known = pinned()
    runtime = closure([*project["dependencies"], BUILD], known)
    extras = {name: closure(project["optional-dependencies"][name], known) for name in ("embedded", "otel")}
    names = {"requirements.txt": runtime} | {f"requirements-{name}.txt": found for name, found in extras.items()}
    return {
        file: f"# {TITLES[file]} `make pins` writes this file.\n"
        + "".join(f"{known[name]}\n" for name in sorted(names[file]))
        for file in names
    }


def main() -> None:
    """Write the files."""
    for name, text in lists().items():
        (TOP / name).write_text(text)


if __name__ == "__main__":
    main()
