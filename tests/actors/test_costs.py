"""What refreshes cost is counted over a week, or a month if the week says too little."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import attrs
import pytest
import trio

from thesetd.actors.costs import COUNTED, FEW, KEPT, recent_looks
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.plans import Looked
from thesetd.domain.ids import TICKETMASTER
from thesetd.ports.freshness import PlanningStore

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MONTH = Looked(looks=900, calls={TICKETMASTER: 300}, groups=60.0)


@attrs.define
class Plans:
    """What was refreshed in the last week, and in the last month."""

    week: Mapping[Aspect, Looked]

    async def looked(self, *, since: datetime) -> Mapping[Aspect, Looked]:
        """Return what was refreshed since then."""
        await trio.lowlevel.checkpoint()
        assert since in {NOW - COUNTED, NOW - KEPT}
        return self.week if since == NOW - COUNTED else {Aspect.SHOWS: MONTH}


@pytest.mark.parametrize(
    ("week", "is_enough"),
    [
        (Looked(looks=20 * FEW, calls={TICKETMASTER: 4 * FEW}, groups=float(FEW)), True),
        (Looked(looks=20 * FEW, calls={TICKETMASTER: 4 * FEW}, groups=FEW - 0.5), False),
        (Looked(looks=FEW, calls={TICKETMASTER: 3 * FEW}), True),
        (None, False),
    ],
)
async def test_a_week_of_few_groups_says_too_little(week: Looked | None, *, is_enough: bool) -> None:
    """However many refreshes they were: those of a group made its calls once."""
    store = cast(PlanningStore, cast(Any, Plans({} if week is None else {Aspect.SHOWS: week})))
    assert (await recent_looks(store, Aspect.SHOWS, NOW))[Aspect.SHOWS] == (week if is_enough else MONTH)
