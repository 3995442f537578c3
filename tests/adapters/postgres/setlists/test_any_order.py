"""Days that nobody invented: shows and pages of an act, drawn at random, end alike in any order of arrival."""

import random
from datetime import time, timedelta
from typing import Any

import attrs
import pytest

from adapters.postgres.setlists.test_right_night import (
    ARENA,
    DOME,
    DUNMORE,
    HALL,
    MUENCHEN,
    MUNICH,
    PIER,
    RADIO,
    Event,
    Item,
    Page,
    Scene,
    day,
)
from exploring import sample
from thesetd.domain.shows.listings import starts_together

STARTS = (time(16), time(18), time(20), time(20), time(22), time(23, 30), time(0, 30), None)
NOTES = ("", "", "", "Early show", "Late show", "10 pm", "VIP soundcheck", "First show of the tour", "at 4 pm")
PLACES = (ARENA, ARENA, DUNMORE, PIER, PIER, DOME, HALL, MUNICH, MUENCHEN, RADIO)
WAYS = 4  # orders of arrival of one draw


def one_concert(one: Event, other: Event) -> bool:
    """Whether two shows may be listings of one concert."""
    return (one.place, one.day) == (other.place, other.day) and starts_together(one.start, other.start)


def drawn(rng: random.Random) -> list[Item]:
    """Draw up to three shows and four pages within three days."""
    where = rng.sample(PLACES, 2)
    first = day(9, 10)

    def at() -> Any:
        return first + timedelta(days=rng.randrange(3))

    shows = [
        Event(
            key=f"E{number}",
            day=(when := at()),
            place=rng.choice(where),
            start=rng.choice(STARTS),
            end=when + timedelta(days=2) if rng.random() < 0.1 else None,
            status="cancelled" if rng.random() < 0.1 else "scheduled",
        )
        for number in range(rng.randint(0, 3))
    ]
    # of two listings of one concert the first that was known stands for it: a test of their own
    shows = [one for n, one in enumerate(shows) if not any(one_concert(one, other) for other in shows[:n])]
    pages = [
        Page(
            key=f"P{number}",
            day=at(),
            place=rng.choice(where),
            songs=rng.choice((0, 3, 14, 18, 20)),
            info=rng.choice(NOTES),
            first=rng.choice((0, 0, 40)),
            hour=number,
        )
        for number in range(rng.randint(1, 4))
    ]
    edited = [
        attrs.evolve(page, day=at(), songs=rng.choice((15, 16)), hour=10) for page in pages if rng.random() < 0.25
    ]
    return [*shows, *pages, *edited]


@pytest.mark.parametrize("seed", sample(list(range(300)), 75))
async def test_any_day_ends_alike_in_any_order(scene: Scene, seed: int) -> None:
    """One to one, nothing lost: a page with songs is a setlist, a duplicate of one, or beside a concert."""
    rng = random.Random(seed)
    items = drawn(rng)
    found = [await scene.ends([[item] for item in rng.sample(items, len(items))]) for _ in range(WAYS)]
    for way in found:
        assert way == found[0], items
    shows, pages, _ = found[0]
    setlists = [one[4] for one in shows if one[4]]
    assert len(setlists) == len(set(setlists))
    latest = {item.key: item for item in items if isinstance(item, Page)}
    assert [key for key, _ in pages] == sorted(latest)
    for key, verdict in pages:
        assert (key in setlists) is (verdict in {"joined", "own"} and latest[key].songs > 0)


@pytest.fixture
def scene(postgres_store: Any, look: Any) -> Scene:
    """Return a scene over a real database."""
    return Scene(postgres_store, look)
