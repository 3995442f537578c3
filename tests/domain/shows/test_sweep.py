"""Reading a year of shows by windows, while it changes."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from thesetd.domain.shows.sweep import EARLIER, Ask, Finished, Sweep, SweepWindow, SweptPage, pages_for, size_of

NOW = datetime(2026, 11, 28, 21, tzinfo=UTC)
YEAR = timedelta(days=365)
LETTERS = "0123456789ABCDEFabcdef-_"
FEW_ON_MONDAYS = (0.3, 0.4, 0.5, 0.7, 1.0, 1.0, 0.5)


@attrs.define
class Provider:
    """A list of shows that answers like Ticketmaster's: sorted by id, at most 1,000 deep."""

    rng: random.Random
    shows: dict[str, datetime] = attrs.field(factory=dict)
    countries: dict[str, str] = attrs.field(factory=dict)

    def add(self, at: datetime | None = None, country: str = "US") -> str:
        """Put a show in the list, at some time of the year unless one is given."""
        name = "".join(self.rng.choices(LETTERS, k=16))
        self.shows[name], self.countries[name] = at or self.moment(), country
        return name

    def moment(self) -> datetime:
        """Draw an evening of the year, more on weekends."""
        while True:
            day = NOW.replace(hour=0) + timedelta(days=self.rng.randrange(1, 364))
            if self.rng.random() < FEW_ON_MONDAYS[day.weekday()]:
                zone = self.rng.choice((-10, 0, 1, 1, 2, 5, 5, 6, 7, 8))
                return day + timedelta(hours=self.rng.choice((18, 19, 19, 20, 20, 21)) + zone)

    def answer(self, ask: Ask) -> SweptPage:
        """Return one page."""
        assert ask.page * ask.size < 1000
        window = ask.window
        inside = sorted(
            name
            for name, at in self.shows.items()
            if window.since <= at <= window.until and window.country in {None, self.countries[name]}
        )
        page = inside[ask.page * ask.size : (ask.page + 1) * ask.size]
        return SweptPage(ids=tuple(page), total=len(inside), starts={name: self.shows[name] for name in page})


def read(
    provider: Provider, sweep: Sweep, meanwhile: Callable[[], None] = lambda: None
) -> tuple[set[str], list[Finished]]:
    """Read everything; `meanwhile` happens before each call."""
    finished = []
    while (ask := sweep.ask) is not None:
        meanwhile()
        if (window := sweep.take(provider.answer(ask))) is not None:
            finished.append(window)
    return {one for window in finished for one in window.ids}, finished


def year_of(count: int, seed: int) -> Provider:
    """Make a year of shows."""
    provider = Provider(random.Random(seed))
    for _ in range(count):
        provider.add()
    return provider


@pytest.mark.untraced
def test_a_year_of_40000_shows_that_changes_costs_at_most_15_percent_more_than_it_must() -> None:
    """Nothing that stays is missed, nothing is met twice in a window, and windows follow one another without a gap."""
    provider = year_of(40_000, seed=4)
    rng, before, moved = provider.rng, set(provider.shows), set[str]()

    def change() -> None:
        if rng.random() < 0.2:
            one = rng.choice([*provider.shows])
            match rng.randrange(3):
                case 0:
                    provider.add()
                case 1:
                    del provider.shows[one]
                case _:
                    provider.shows[one] = provider.moment()
                    moved.add(one)

    sweep = Sweep(NOW, NOW + YEAR)
    found, windows = read(provider, sweep, change)
    assert sweep.calls <= 1.15 * (40_000 / 200)
    assert (before & set(provider.shows)) - moved <= found
    assert all(len(window.ids) == len(set(window.ids)) and window.whole for window in windows)
    ends = [window.window.until + timedelta(seconds=1) for window in windows]
    assert [window.window.since for window in windows] == [NOW, *ends[:-1]]
    assert windows[-1].window.until == NOW + YEAR

    again = Sweep(NOW, NOW + YEAR, known=sorted(provider.shows.values()))
    assert read(provider, again)[0] == set(provider.shows)
    assert again.calls <= 1.08 * (40_000 / 200)


@pytest.mark.untraced
def test_a_stretch_of_which_little_is_stored_is_planned_by_the_weeks_before_it() -> None:
    """Shows of a few imported artists tell nothing of the others' times; those of the weeks before the stretch do."""
    provider = year_of(40_000, seed=7)
    moments = sorted(provider.shows.values())
    least = blind = planned = 0
    for start in (60, 120, 180):
        since, until = NOW + timedelta(days=start), NOW + timedelta(days=start + 15)
        within = [moment for moment in moments if since <= moment <= until]
        earlier = [moment for moment in moments if since - EARLIER <= moment < since]
        few = within[:: len(within) // 8]
        sweeps = (Sweep(since, until, known=few), Sweep(since, until, known=few, earlier=earlier))
        assert {len(read(provider, sweep)[0]) for sweep in sweeps} == {len(within)}
        blind, planned = blind + sweeps[0].calls, planned + sweeps[1].calls
        least += pages_for(980) * (len(within) // 980) + pages_for(len(within) % 980)
    assert planned <= least + 3 < blind


def test_a_show_that_is_added_behind_the_reader_costs_the_pages_up_to_it() -> None:
    """Pages are read again from the first one on until the list's number is held, not the whole window."""
    provider = Provider(random.Random(5))
    for _ in range(900):
        provider.add(NOW + timedelta(days=1))
    calls = iter(range(100))

    def add() -> None:
        if next(calls) == 3:
            name = min(provider.shows) + "-"
            provider.shows[name], provider.countries[name] = NOW + timedelta(days=1), "US"

    sweep = Sweep(NOW, NOW + timedelta(days=2))
    found, (window,) = read(provider, sweep, add)
    assert (found, window.whole) == (set(provider.shows), True)
    assert sweep.calls == pages_for(900) + 1


@pytest.mark.untraced
@pytest.mark.parametrize("count", [0, 1, 200, 201, 980, 981, 3000])
def test_few_shows_are_read_with_few_calls(count: int) -> None:
    """Nothing costs at least one call for each window; a list at its bound is read whole."""
    provider = Provider(random.Random(2))
    for _ in range(count):
        provider.add()
    sweep = Sweep(NOW, NOW + YEAR)
    assert read(provider, sweep)[0] == set(provider.shows)
    assert sweep.calls <= 6 + 1.5 * count / 200


def test_an_hour_with_more_than_can_be_listed_is_read_by_countries() -> None:
    """What no country's list holds either is told as not whole, with the provider's number."""
    provider = Provider(random.Random(3))
    festival = NOW + timedelta(days=30)
    for number in range(2400):
        provider.add(festival, country=("US", "DE", "FR")[min(number // 900, 2)])
    found, windows = read(provider, Sweep(NOW, NOW + YEAR, countries=("DE", "FR", "US")))
    assert found == set(provider.shows)
    assert all(window.whole for window in windows)

    found, windows = read(provider, Sweep(NOW, NOW + YEAR))
    (short,) = [window for window in windows if not window.whole]
    assert (short.total, len(short.ids)) == (2400, 1170)


@pytest.mark.parametrize("at", range(1, 5))
def test_a_show_that_drops_out_between_two_pages_hides_no_other(at: int) -> None:
    """The list moves up by as many as are gone; a page that begins too late sends the reader back."""
    provider = Provider(random.Random(4))
    for _ in range(900):
        provider.add(NOW + timedelta(days=1))
    gone = sorted(provider.shows)[: 20 * at]
    calls = iter(range(100))

    def drop() -> None:
        if next(calls) == at:
            for one in gone:
                del provider.shows[one]

    sweep = Sweep(NOW, NOW + timedelta(days=2))
    found, (window,) = read(provider, sweep, drop)
    assert set(provider.shows) <= found
    assert window.whole
    assert sweep.calls > pages_for(900)


def test_an_empty_page_before_the_end_is_read_again_and_never_called_whole() -> None:
    """A provider that keeps sending it is told as a window that is not whole."""
    sweep = Sweep(NOW, NOW + timedelta(days=1))
    first = tuple(f"{number:03}" for number in range(200))
    windows = []
    while (ask := sweep.ask) is not None and len(windows) < 100:
        windows.append(sweep.take(SweptPage(ids=first if ask.page == 0 else (), total=300)))
    assert set(windows[:-1]) == {None}
    assert windows[-1] == Finished(
        window=SweepWindow(since=NOW, until=NOW + timedelta(days=1)), ids=first, total=300, whole=False
    )


def test_pages_overlap_by_as_many_items_as_their_number() -> None:
    """Page n begins n items before the end of the one before, within the documented depth."""
    ends = [(page + 1) * size_of(page) for page in range(5)]
    assert [ends[page - 1] - page * size_of(page) for page in range(1, 5)] == [1, 2, 3, 4]
    assert max(page * size_of(page) for page in range(5)) < 1000
