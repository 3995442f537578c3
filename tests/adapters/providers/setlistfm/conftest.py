"""What the tests of setlist.fm share."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from thesetd.adapters.providers.setlistfm import SetlistfmClient
from thesetd.domain.gate.calls import Response

RECEIVED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Answer = Callable[..., Response]
Recorded = Callable[[str], dict[str, Any]]


def _answer(
    json: Any = None, status: int = 200, headers: dict[str, str] | None = None, at: datetime = RECEIVED_AT
) -> Response:
    return Response(status=status, headers=headers or {}, received_at=at, json=json)


@pytest.fixture(scope="session")
def answer() -> Answer:
    """Return a function that makes a response."""
    return _answer


@pytest.fixture(scope="session")
def client() -> SetlistfmClient:
    """Return a client."""
    return SetlistfmClient()


@pytest.fixture(scope="session")
def recorded(corpus: Path) -> Recorded:
    """Return a function that loads the recorded bodies whose path matches, by path."""

    def load(pattern: str) -> dict[str, Any]:
        files = sorted((corpus / "setlistfm").glob(pattern))
        assert files, f"nothing recorded as {pattern}"
        return {f"{file.parent.name}/{file.name}": json.loads(file.read_text()) for file in files}

    return load


@pytest.fixture(scope="session")
def raw_setlists(recorded: Recorded) -> list[tuple[str, dict[str, Any]]]:
    """Return every recorded setlist with its file, those in the lists included, but for the documents' example."""
    bodies = {**recorded("setlist/*.json"), **recorded("*-setlists/*.json")}
    return [
        (file, raw)
        for file, body in bodies.items()
        if "docs-" not in file
        for raw in ([body] if "eventDate" in body else body["setlist"])
    ]
