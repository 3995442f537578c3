"""Reads what refreshes cost lately, for those who order them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.plans import Looked
from thesetd.ports.freshness import PlanningStore

COUNTED = timedelta(days=7)  # period in which refreshes are counted with their calls
# The same after a pause: by what is usual, the first hour's order could cost several times its share.
KEPT = timedelta(days=30)
# Groups of refreshes that say too little about their cost. This is a judgement: twice `PRIOR_LOOKS`, so that the
# default counts for at most a third. If a group costs three times the default, the first order after a pause costs 1.3
# times its share; 1.5 times with half as many, 1.15 times with twice as many, for which older costs are used longer.
FEW = 10


async def recent_looks(plans: PlanningStore, aspect: Aspect, now: datetime) -> Mapping[Aspect, Looked]:
    """Return the refreshes of each aspect that were made lately: of this one at least `FEW` groups, if any."""
    looked = await plans.looked(since=now - COUNTED)
    if looked.get(aspect, Looked()).groups < FEW:
        looked = await plans.looked(since=now - KEPT)
    return looked
