"""The routes that ask the catalogue's provider while a caller waits: recommendations, and what songs sound like."""

from starlette.requests import Request

from thesetd.adapters.web.problems import bad_request
from thesetd.adapters.web.requests import number
from thesetd.adapters.web.table import Handlers
from thesetd.ports.control import Advisor
from thesetd.ports.surface import routes
from thesetd.ports.surface.songs import AdviceWanted, Recommendations, SongHeard, SongsHeard

MOST = 100  # that Spotify recommends, or describes, in one call


class AdviceRoutes:
    """The routes about what is asked and not stored."""

    def __init__(self, advisor: Advisor) -> None:
        """Take who asks."""
        self._advisor = advisor

    def handlers(self) -> Handlers:
        """Return them."""
        return {routes.RECOMMEND: self._recommend, routes.HEAR_SONGS: self._hear}

    async def _recommend(self, request: Request) -> Recommendations:
        artist, limit = request.path_params["artist"], _limit(request)
        return Recommendations(tracks=tuple(await self._advisor.recommendations(artist, limit=limit)))

    async def _hear(self, request: Request) -> SongsHeard:
        heard = await self._advisor.features(request.path_params["artist"], limit=_limit(request))
        return SongsHeard(songs=tuple(SongHeard(title=title, features=features) for title, features in heard))


def _limit(request: Request) -> int:
    typed = request.query_params.get("limit")
    limit = AdviceWanted().limit if typed is None else number(typed)
    if limit is None or not 1 <= limit <= MOST:
        raise bad_request("bad-limit", f"the limit must be a number from 1 to {MOST}")
    return limit
