"""Answers in memory: bounded in bytes, the least recently used go."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.cache.memory import OVERHEAD_BYTES, Kept, Memory


def kept(size: int = 0, received_at: float = 0.0, tags: tuple[str, ...] = ()) -> Kept:
    """Make an answer of so many bytes."""
    return Kept(stored=bytes(size), tags=tags, received_at=received_at)


keys = st.sampled_from("abcdefgh")
actions = st.one_of(
    st.tuples(st.just("put"), keys, st.integers(0, 3000), st.sampled_from(["x", "y"])),
    st.tuples(st.just("get"), keys, st.just(0), st.just("")),
    st.tuples(st.just("drop"), keys, st.just(0), st.just("")),
    st.tuples(st.just("forget"), st.just(""), st.just(0), st.sampled_from(["x", "y"])),
)


@given(st.integers(0, 8000), st.lists(actions, max_size=60))
def test_the_bound_is_never_exceeded(bound: int, steps: list[tuple[str, str, int, str]]):
    """After every step the size is that of what is held, and not above the bound."""
    memory = Memory(bound)
    for moment, (action, key, size, tag) in enumerate(steps):
        match action:
            case "put":
                memory.put(key, kept(size, moment, (tag,)))
            case "get":
                memory.get(key)
            case "drop":
                memory.drop(key)
            case "forget":
                held = [memory.get(k) for k in "abcdefgh"]
                assert memory.forget({tag: float(moment)}) == sum(one is not None and tag in one.tags for one in held)
        held = [one for k in "abcdefgh" if (one := memory._kept.get(k))]
        assert memory.size == sum(one.size for one in held) <= bound
        assert len(memory) == len(held)


def test_the_least_recently_used_goes():
    """What was looked at stays, what was not makes room."""
    memory = Memory(2 * kept(100).size)
    memory.put("a", kept(100))
    memory.put("b", kept(100))
    memory.get("a")
    memory.put("c", kept(100))
    assert [memory.get(key) is not None for key in "abc"] == [True, False, True]


def test_what_is_larger_than_all_is_not_kept_and_pushes_nothing_out():
    """One giant does not empty the memory; what it would have replaced is gone, since it is older."""
    memory = Memory(1000)
    memory.put("a", kept(100))
    memory.put("b", kept(5000))
    assert [memory.get(key) is not None for key in "ab"] == [True, False]
    memory.put("a", kept(5000, 1.0))
    assert memory.get("a") is None


def test_an_older_answer_does_not_replace_a_newer_one():
    """A slow call that began earlier does not take a newer answer away."""
    memory = Memory(10_000)
    memory.put("a", kept(10, received_at=5.0))
    memory.put("a", kept(20, received_at=4.0))
    found = memory.get("a")
    assert found is not None
    assert found.received_at == 5.0


def test_forgetting_spares_what_was_received_later():
    """Answers of the tag's moment or before go; a later one, and those of other tags, stay."""
    memory = Memory(10_000)
    for key, moment, tag in (("old", 1.0, "t"), ("same", 2.0, "t"), ("new", 2.1, "t"), ("other", 1.0, "u")):
        memory.put(key, kept(1, moment, (tag,)))
    assert memory.forget({"t": 2.0}) == 2
    assert [memory.get(key) is not None for key in ("old", "same", "new", "other")] == [False, False, True, True]


def test_the_counted_size_is_not_below_what_is_really_taken():
    """A thousand answers with tags take no more memory than the bound counts for them."""
    memory = Memory(1 << 24)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(1000):
        tags = tuple(f"{kind}:spotify:{n:022d}" for kind in ("provider", "endpoint", "artist", "catalog"))
        memory.put(f"{n:032x}", kept(500, float(n), tags))
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken <= memory.size
    assert memory.size - 1000 * 500 < 3 * 1000 * OVERHEAD_BYTES
