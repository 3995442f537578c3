"""What a client asks to find out whether a capability is back, against the emulated Spotify."""

from collections.abc import Callable
from typing import Any

import pytest

from thesetd.adapters.providers.spotify import SpotifyClient, SpotifySettings
from thesetd.adapters.providers.spotify.profile import CAPABILITIES
from thesetd.domain.errors import CapabilityGone, NotFound, ProviderError
from thesetd.domain.gate.calls import Response


async def probed(sandbox: Any, capability: str) -> ProviderError | None:
    """Make a probe and give its error."""
    call = SpotifyClient(SpotifySettings()).probe(capability)
    answer = await sandbox.spotify(call.request.path, **dict(call.request.params))
    try:
        call.parse(
            Response(
                status=answer.status_code,
                headers=dict(answer.headers),
                received_at=sandbox.clock.now(),
                json=answer.json(),
            )
        )
    except ProviderError as error:
        return error
    return None


@pytest.mark.parametrize("capability", sorted(CAPABILITIES))
async def test_a_probe_in_development_mode_names_its_capability(
    open_sandbox: Callable[..., Any], capability: str
) -> None:
    """What is gone is answered as gone."""
    error = await probed(open_sandbox(modes={"spotify": "development"}), capability)
    assert isinstance(error, CapabilityGone)
    assert error.capability == capability


@pytest.mark.parametrize("capability", sorted(CAPABILITIES - {"recommendations"}))
async def test_a_probe_with_extended_access_finds_it(open_sandbox: Callable[..., Any], capability: str) -> None:
    """What is there is answered, if only with nothing; recommendations are there for nobody any more."""
    error = await probed(open_sandbox(), capability)
    assert error is None or isinstance(error, NotFound)
