"""Properties of every decision, and how right decisions are in a world whose artists are known."""

from collections.abc import Iterable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_book import append, reverted
from identity_figures import judge
from identity_scene import Story, act, m, night, s, searches, t
from identity_world import make
from thesetd.domain.identity.changes import Book, apply, change_set
from thesetd.domain.identity.deciding import decide
from thesetd.domain.identity.decisions import Entry, Verb, effective, standing
from thesetd.domain.identity.spaces import SPACES
from thesetd.domain.identity.statements import IdentityEvidence, Pair, Record, RecordKind, Rule

REFS = [make_ref(number) for make_ref in (s, m, t) for number in (1, 2, 3)]
NIGHTS = [night("2026-09-02", "Bergen"), night("2026-09-05", "Malmö"), night("2026-09-05", "Oslo")]
NAMES = ["Open Door", "OPEN DOOR", "Op€n Door", "Open Door Tribute", "Mara Vell", "Mara Vell, Open Door"]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Record, ...]:
    """Draw small worlds with little in them, so that things meet."""
    refs = draw(st.lists(st.sampled_from(REFS), unique=True, min_size=1, max_size=8))
    few = st.frozensets(st.sampled_from(REFS), max_size=2)
    return tuple(
        act(
            ref,
            draw(st.sampled_from(NAMES)),
            *draw(few),
            kind=draw(st.sampled_from(RecordKind)),
            concerts=draw(st.frozensets(st.sampled_from(NIGHTS))),
            albums=draw(st.frozensets(st.sampled_from(["Salt", "Low Water"]))),
            items=draw(st.frozensets(st.sampled_from("ab"))),
            gone=draw(st.booleans()) and draw(st.booleans()),
            moved_to=draw(st.none() | st.sampled_from([one for one in REFS if one.space == ref.space])),
        )
        for ref in refs
    )


PAIRS = st.builds(Pair.of, st.sampled_from(REFS), st.sampled_from(REFS)).filter(lambda pair: pair.one != pair.other)
WORDS = st.lists(
    st.builds(
        lambda verb, pair: Entry(number=0, verb=verb, ids=frozenset({pair.one}), others=frozenset({pair.other})),
        st.sampled_from([Verb.LINK, Verb.UNLINK, Verb.MERGE, Verb.SPLIT]),
        PAIRS,
    ),
    max_size=4,
)


def _world(records: tuple[Record, ...], words: Iterable[Entry] = ()) -> IdentityEvidence:
    log: tuple[Entry, ...] = ()
    for entry in words:
        log = append(log, entry)
    return IdentityEvidence(records=records, searches=searches(records), word=effective(log))


@pytest.mark.untraced
@given(worlds(), WORDS, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_count(records: tuple[Record, ...], words: list[Entry], random: Any):
    """The same facts in another order are decided alike."""
    shuffled = [*records]
    random.shuffle(shuffled)
    assert decide(_world(records, words)) == decide(_world(tuple(shuffled), words))


@pytest.mark.untraced
@given(worlds(), WORDS)
def test_an_artist_has_one_id_of_a_single_space(records: tuple[Record, ...], words: list[Entry]):
    """Unless a person says so, no artist has two ids in use of a space that gives one; every id is of one artist."""
    verdict = decide(_world(records, words))
    everything = [ref for ids in verdict.acts for ref in ids]
    assert len(everything) == len(set(everything))
    assert {record.ref for record in records} <= set(everything)
    said = {link.pair for link in verdict.links if link.rule is Rule.PERSON}
    for ids in verdict.acts:
        for space in (space for space in SPACES if SPACES[space].single):
            used = [ref for ref in ids if ref.space == space and ref not in verdict.aliases]
            assert len(used) < 2 or any({pair.one, pair.other} & ids for pair in said)


@pytest.mark.untraced
@given(worlds(), WORDS)
def test_what_a_person_took_apart_is_apart(records: tuple[Record, ...], words: list[Entry]):
    """No evidence, and no other word, joins two ids that the last word on them parts."""
    world = _world(records, words)
    verdict = decide(world)
    for pair in world.word.parted:
        ends = {verdict.aliases.get(ref, ref) for ref in (pair.one, pair.other)}
        assert len(ends) < 2 or not any(ends <= ids for ids in verdict.acts)


@pytest.mark.untraced
@given(worlds(), WORDS)
def test_deciding_again_changes_nothing(records: tuple[Record, ...], words: list[Entry]):
    """With its own links in force a decision comes out alike, so a sync of nothing new writes nothing."""
    world = _world(records, words)
    verdict = decide(world)
    again = decide(attrs.evolve(world, links=verdict.links, refusals=verdict.refusals, aliases=verdict.aliases))
    assert again == verdict
    book = apply(Book(), change_set(Book(), verdict, str))
    assert change_set(book, again, str).changes == ()


@pytest.mark.untraced
@given(worlds(), worlds(), WORDS)
def test_a_plan_is_undone_exactly(first: tuple[Record, ...], then: tuple[Record, ...], words: list[Entry]):
    """Whatever a plan changes, reverting it brings back every row."""
    one = decide(_world(first))
    book = apply(Book(), change_set(Book(), one, str))
    later = decide(attrs.evolve(_world(then, words), links=one.links, refusals=one.refusals, aliases=one.aliases))
    changes = change_set(book, later, str)
    assert reverted(apply(book, changes), changes) == book
    assert set(apply(book, changes).owners) >= set(book.owners)


def test_a_rejection_outlives_the_claim_that_it_was_about():
    """Nothing speaks of the rejected id any more: the decision goes on, and the rejection stays on record."""
    claims = (act(s(1), "Open Door", m(2)), act(m(1), "Open Door", s(1)))
    one = decide(_world(claims))
    assert Pair.of(s(1), m(2)) in {refusal.pair for refusal in one.refusals}
    book = apply(Book(), change_set(Book(), one, str))
    later = decide(attrs.evolve(_world((act(s(1), "Open Door"),)), links=one.links, refusals=one.refusals))
    assert Pair.of(s(1), m(2)) in apply(book, change_set(book, later, str)).refusals


@pytest.mark.untraced
@given(worlds(), WORDS.filter(bool))
def test_a_persons_words_are_undone_exactly(records: tuple[Record, ...], words: list[Entry]):
    """Undone in turn, latest first, every word leaves the book as it was before it."""
    story = Story().meet(*records, searched=True)
    books = []
    for entry in words:
        books.append(story.book)
        story.say(entry.verb, [*entry.ids], [*entry.others])
    for number, book in reversed([*enumerate(books, 1)]):
        story.undo(number)
        assert story.book == book


def test_an_undo_can_be_undone():
    """The log only grows; what holds is read from all of it."""
    log = append((), Entry(number=0, verb=Verb.LINK, ids=frozenset({s(1)}), others=frozenset({m(1)})))
    log = append(log, Entry(number=0, verb=Verb.UNDO, undoes=1))
    assert effective(log).joined == ()
    log = append(log, Entry(number=0, verb=Verb.UNDO, undoes=2))
    assert effective(log).joined == (Pair.of(s(1), m(1)),)
    assert [entry.number for entry in standing(log)] == [3, 1]
    for number in (2, 7):
        with pytest.raises(ValueError, match=f"there is no decision {number} to undo"):
            append(log, Entry(number=0, verb=Verb.UNDO, undoes=number))


@pytest.mark.untraced
@pytest.mark.parametrize("seed", [1, 2])
def test_links_are_right_in_a_known_world(seed: int):
    """Over two epochs with namesakes, tributes, wrong links and ids that move, 99.9 % of links are right.

    No famous artist has an id of a namesake, and most artists are whole.
    """
    truth = make(600, seed)
    first = decide(truth.before)
    second = attrs.evolve(truth.after, links=first.links, aliases=first.aliases)
    for world, verdict in ((truth.before, first), (second, decide(second))):
        figures = judge(truth, world, verdict)
        assert figures.precision >= 0.999
        assert figures.right > 900
        assert figures.poisoned == frozenset()
        assert figures.whole / figures.artists > 0.8


def test_wrong_links_would_show():
    """The measure notices an artist that is joined with a namesake."""
    truth = make(100)
    page = min(truth.famous)
    stranger = next(ref for ref in truth.owner if ref.space == "ticketmaster" and truth.owner[ref] != truth.owner[page])
    word = effective([Entry(number=1, verb=Verb.LINK, ids=frozenset({page}), others=frozenset({stranger}))])
    figures = judge(truth, truth.after, decide(attrs.evolve(truth.after, word=word)))
    assert page in figures.poisoned
    assert figures.wrong
