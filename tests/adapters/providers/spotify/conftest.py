"""What the tests of Spotify share."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from thesetd.adapters.providers.spotify import SpotifyClient, SpotifySettings
from thesetd.domain.gate.calls import Response

RECEIVED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Answer = Callable[..., Response]


def _answer(json: Any = None, status: int = 200, text: str = "", headers: dict[str, str] | None = None) -> Response:
    return Response(status=status, headers=headers or {}, received_at=RECEIVED_AT, json=json, text=text)


@pytest.fixture(scope="session")
def answer() -> Answer:
    """Return a function that makes a response."""
    return _answer


@pytest.fixture
def extended() -> SpotifyClient:
    """Return a client that may use everything."""
    return SpotifyClient(SpotifySettings(mode="extended"))


@pytest.fixture
def development() -> SpotifyClient:
    """Return a client in Development Mode."""
    return SpotifyClient(SpotifySettings(mode="development"))


@pytest.fixture(scope="session")
def recorded(corpus: Path) -> Callable[[str], dict[str, Any]]:
    """Return a function that loads the recorded bodies whose path matches, by path."""

    def load(pattern: str) -> dict[str, Any]:
        files = sorted((corpus / "spotify").glob(pattern))
        assert files, f"nothing recorded as {pattern}"
        return {f"{file.parent.name}/{file.name}": json.loads(file.read_text()) for file in files}

    return load
