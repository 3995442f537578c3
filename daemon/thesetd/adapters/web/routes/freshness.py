"""The routes about freshness: pins, plans, and interest reported by the application."""

import math
from datetime import timedelta

from starlette.requests import Request

from thesetd.adapters.web.problems import bad_request
from thesetd.adapters.web.requests import sent, sent_object
from thesetd.adapters.web.table import Handlers
from thesetd.domain.durations import duration_text
from thesetd.domain.freshness.interest import EXAMPLE
from thesetd.domain.freshness.pins import PinView
from thesetd.domain.freshness.plans import Plan, Range
from thesetd.ports.freshness import FreshnessDesk, Planner
from thesetd.ports.surface import routes
from thesetd.ports.surface.freshness import (
    InterestTaken,
    NewPin,
    Pins,
    PinShown,
    Unpinned,
)
from thesetd.ports.surface.plans import CleanupPlanned, Expected, Planned, ProviderPlanned


class FreshnessRoutes:
    """The routes about freshness."""

    def __init__(self, desk: FreshnessDesk, planner: Planner) -> None:
        """Take the desk and the planner."""
        self._desk = desk
        self._planner = planner

    def handlers(self) -> Handlers:
        """Return them."""
        return {
            routes.LIST_PINS: self._list_pins,
            routes.PIN: self._pin,
            routes.UNPIN: self._unpin,
            routes.TELL_INTEREST: self._interest,
            routes.PLAN_IMPORT: self._plan_import,
            routes.PLAN_REFRESH: self._plan_refresh,
            routes.PLAN_CLEANUP: self._plan_cleanup,
            routes.PLAN_DAY: self._plan_day,
        }

    async def _list_pins(self, _: Request) -> Pins:
        return Pins(pins=tuple(map(_pin, await self._desk.pins())))

    async def _pin(self, request: Request) -> Pins:
        body = await sent(request, NewPin)
        try:
            views = await self._desk.pin(body.artist, body.ages.split(), body.why, body.until)
        except ValueError as error:
            raise bad_request("bad-pin", str(error)) from None
        return Pins(pins=tuple(map(_pin, views)))

    async def _unpin(self, request: Request) -> Unpinned:
        aspects = [name for value in request.query_params.getlist("aspect") for name in value.split(",")]
        try:
            return Unpinned(unpinned=await self._desk.unpin(request.path_params["artist"], aspects))
        except ValueError as error:
            raise bad_request("bad-pin", str(error)) from None

    async def _interest(self, request: Request) -> InterestTaken:
        try:
            return InterestTaken(unknown=await self._desk.interest(await sent_object(request, EXAMPLE)))
        except ValueError as error:
            raise bad_request("bad-interest", str(error)) from None

    async def _plan_import(self, request: Request) -> Planned:
        return _planned(await self._planner.plan_import(request.query_params.get("artist", "")))

    async def _plan_refresh(self, _: Request) -> Planned:
        return _planned(await self._planner.plan_refresh(timedelta(0)))

    async def _plan_cleanup(self, _: Request) -> CleanupPlanned:
        return CleanupPlanned(rows=dict(await self._planner.plan_cleanup()))

    async def _plan_day(self, _: Request) -> Planned:
        return _planned(await self._planner.plan_refresh(timedelta(days=1)))


def _planned(plan: Plan) -> Planned:
    return Planned(
        what=plan.what,
        basis=plan.basis,
        providers=tuple(
            ProviderPlanned(
                provider=one.provider,
                calls=_expected(one.calls),
                kinds={kind: round(calls, 1) for kind, calls in one.kinds.items()},
                wait_s=None if one.wait is None else math.ceil(one.wait.total_seconds()),
                room=one.room,
            )
            for one in plan.providers
        ),
        duration_s=_expected(plan.duration),
        remarks=plan.remarks,
    )


def _expected(found: Range | None) -> Expected | None:
    if found is None:
        return None
    return Expected(expected=round(found.middle, 1), low=round(found.low, 1), high=round(found.high, 1))


def _pin(view: PinView) -> PinShown:
    return PinShown(
        artist_id=view.pin.artist_id,
        slug=view.slug,
        name=view.name,
        aspect=view.pin.aspect,
        max_age=duration_text(view.pin.max_age),
        until=view.pin.until,
        why=view.pin.why,
        since=view.pin.since,
        looked_at=view.looked_at,
    )
