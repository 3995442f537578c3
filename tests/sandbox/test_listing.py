"""Lists with gaps."""

from hypothesis import given
from hypothesis import strategies as st

from thesetd.sandbox.listing import GAP, ListSlot, RecordedPage, assemble, of_groups, slots_shown

slots = st.lists(st.one_of(st.integers().map(lambda n: {"id": n}), st.just(None), st.just(GAP)), max_size=60)


@given(slots, st.integers(1, 70))
def test_pages_of_any_limit_join_to_the_list(listing: list[ListSlot], limit: int) -> None:
    """Whatever the limit, the pages one after the other show every slot that is no gap, once and in order."""
    pages = [slots_shown(listing, offset, limit) for offset in range(0, len(listing), limit)]
    assert [one for page in pages for one in page] == [slot for slot in listing if slot is not GAP]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_recorded_pages_join_and_keep_their_places(lengths: list[int]) -> None:
    """A page that was short when recorded is short at the same offset when it is cut again."""
    items = [[{"id": (page, place)} for place in range(length)] for page, length in enumerate(lengths)]
    total = 5 * len(lengths)
    listing = assemble(RecordedPage(5 * page, total, one) for page, one in enumerate(items))
    assert len(listing) == total
    assert [slots_shown(listing, 5 * page, 5) for page in range(len(lengths))] == items


def test_a_gap_belongs_to_the_group_before_it() -> None:
    """Nulls and gaps stay with the group in which they stand, so each group's total counts its own."""
    album, single = {"album_group": "album"}, {"album_group": "single"}
    listing: list[ListSlot] = [album, None, single, GAP]
    assert of_groups(listing, frozenset({"album"})) == [album, None]
    assert of_groups(listing, frozenset({"single"})) == [single, GAP]
