"""What the tests of Ticketmaster share."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from thesetd.adapters.providers.ticketmaster import TicketmasterClient
from thesetd.domain.gate.calls import Response

RECEIVED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Answer = Callable[..., Response]
Recorded = Callable[[str], dict[str, Any]]


def _answer(json: Any = None, status: int = 200, text: str = "", headers: dict[str, str] | None = None) -> Response:
    return Response(status=status, headers=headers or {}, received_at=RECEIVED_AT, json=json, text=text)


@pytest.fixture(scope="session")
def answer() -> Answer:
    """Return a function that makes a response."""
    return _answer


@pytest.fixture(scope="session")
def client() -> TicketmasterClient:
    """Return a client for all countries."""
    return TicketmasterClient()


@pytest.fixture(scope="session")
def recorded(corpus: Path) -> Recorded:
    """Return a function that loads the recorded bodies whose path matches, by path."""

    def load(pattern: str) -> dict[str, Any]:
        files = sorted((corpus / "ticketmaster").glob(pattern))
        assert files, f"nothing recorded as {pattern}"
        return {f"{file.parent.name}/{file.name}": json.loads(file.read_text()) for file in files}

    return load


@pytest.fixture(scope="session")
def raw_events(recorded: Recorded) -> list[tuple[str, dict[str, Any]]]:
    """Return every recorded event object with its file, those in the lists included."""
    bodies = recorded("event*/*.json")
    return [(file, event) for file, body in bodies.items() for event in _events(body)]


def _events(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "dates" in body:
        yield body
    yield from body.get("_embedded", {}).get("events", [])
