"""What the database tells of how fresh the copies are."""

import pytest

from sample_rows import NOW, artist, batch, moment
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.freshness.copies import USUAL, Aspect, Demand
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.freshness.rate import ChangeRate

DAY = 24 * 60


async def test_the_share_that_differs_is_weighed_by_importance(postgres_store: PostgresStore) -> None:
    """As by the formulas of the domain: of two profiles the important one's age counts more; unseen ones do not."""
    rows = [artist(spotify_id=name, slug=name.lower(), name=name, popularity=at) for name, at in (("A", 90), ("B", 0))]
    await postgres_store.batches.write(batch(artists=tuple(rows)))
    a, b = await postgres_store.schedules.artists_for("sync-popular-artists", now=NOW, limit=9, aspect=Aspect.PROFILE)
    await postgres_store.interest.note_interest((Interest(slug="a", followers=400, visits=50),), at=NOW)
    await postgres_store.batches.write(batch(0, profiles=(b.id,)))
    await postgres_store.batches.write(batch(2 * DAY, profiles=(a.id,)))
    found = {one.aspect: one for one in await postgres_store.surveys.ages(moment(7 * DAY))}
    rate = ChangeRate(USUAL[Aspect.PROFILE].per_day)
    weights = [Demand(popularity=90, followers=400, visits=25.0).importance, Demand(popularity=0).importance]
    stale = [rate.stale_at(5.0), rate.stale_at(7.0)]
    expected = sum(w * s for w, s in zip(weights, stale, strict=True)) / sum(weights)
    assert found["profile"].stale_share == pytest.approx(expected, rel=1e-6)
    assert found["catalog"].stale_share == 0.0
