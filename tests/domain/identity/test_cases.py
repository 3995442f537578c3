"""Small worlds with the right answer: namesakes, tribute acts, wrong links, names with signs, ids that move."""

import attrs
import pytest

from identity_scene import Story, act, in_every_order, m, night, s, searches, t
from thesetd.domain.identity.decisions import Verb
from thesetd.domain.identity.spaces import MUSICBRAINZ, SPOTIFY, TICKETMASTER, Ref
from thesetd.domain.identity.statements import Appearance, Link, Pair, Reason, RecordKind, Rule, Strength

SMALL = act(m(1), "Glass Orchard", note="punk band from Leeds", audience=4)
LARGE = act(m(2), "Glass Orchard", note="Canadian singer", audience=310)
FAMOUS = act(s(1), "Glass Orchard", audience=900_000)
BILLED = act(t(1), "Glass Orchard", s(1), m(2))


def test_a_small_namesake_is_an_artist_of_its_own():
    """Two of a name at setlist.fm and one at Spotify: nothing is linked, whichever is asked for first."""
    story = in_every_order(SMALL, LARGE, FAMOUS)
    assert story.acts() == {frozenset({m(1)}), frozenset({m(2)}), frozenset({s(1)})}
    assert story.proposed(s(1), MUSICBRAINZ) == [m(2), m(1)]
    assert story.said(s(1)) == (
        "2 artists of this name at setlist.fm, none proven: `thesetctl artist review glass-orchard`",
    )


def test_a_published_link_tells_namesakes_apart():
    """The attraction's links join the famous artist with the right MBID; the other stays alone, in any order."""
    story = in_every_order(SMALL, LARGE, FAMOUS, BILLED)
    assert story.acts() == {frozenset({s(1), t(1), m(2)}), frozenset({m(1)})}
    assert story.said(s(1)) == story.said(m(1)) == ()
    assert story.verdict.verified(frozenset({s(1), t(1), m(2)}))


@pytest.mark.parametrize("strength", [Strength.BARE_NAME, Strength.UNIQUE_NAME])
def test_a_stronger_link_replaces_a_weaker_one(strength: Strength):
    """A link by name gives way to a published one: what came through the weak id leaves, the famous row stays."""
    story = Story().meet(FAMOUS, SMALL)
    weak = Link(pair=Pair.of(s(1), m(1)), rule=Rule.BARE_NAME, strength=strength)
    story.book = attrs.evolve(story.book, owners={s(1): "row", m(1): "row"}, links={weak.pair: weak})
    story.decide()
    assert story.act(s(1)) == {s(1), m(1)}
    story.records |= {record.ref: record for record in (BILLED, LARGE)}
    moved = {one.ref: (one.source, one.target) for one in story.decide().moves()}
    assert moved == {m(1): ("row", str(m(1))), m(2): (None, "row"), t(1): (None, "row")}
    refused = story.book.refusals[weak.pair]
    assert (refused.final, refused.reason) == (True, Reason.CONTRADICTS)
    assert refused.evidence == (f"stronger evidence links {m(2)}",)
    assert weak.pair not in story.book.links
    assert story.decide().changes == ()  # the refusal stays on record


def test_a_name_that_is_unique_at_one_provider_only_links_nothing():
    """Of two at Spotify neither gets the only one at setlist.fm."""
    story = in_every_order(
        act(s(1), "Ember Days", audience=400_000), act(s(2), "Ember Days", audience=300), act(m(1), "Ember Days")
    )
    assert len(story.acts()) == 3
    assert story.said(s(1)) == (
        "1 artist of this name at setlist.fm, not proven: `thesetctl artist review ember-days`",
    )
    assert story.proposed(m(1), SPOTIFY) == [s(1), s(2)]


LANE = (act(s(1), "Otterwick Lane"), act(t(1), "OTTERWICK LANE"), act(m(1), "Otterwick  Lane"))


def test_a_name_that_is_unique_everywhere_links_unverified():
    """One candidate at each provider is linked by the weakest rule, and that is said."""
    story = in_every_order(*LANE)
    assert story.acts() == {frozenset({s(1), t(1), m(1)})}
    assert {link.rule for link in story.book.links.values()} == {Rule.UNIQUE_NAME}
    assert not story.verdict.verified(frozenset({s(1), t(1), m(1)}))


def test_a_search_that_is_not_complete_or_not_made_proves_nothing():
    """A name is unique only if every provider was searched to the end."""
    assert len(Story().meet(*LANE, searched=True, complete=False).acts()) == 3
    story = Story()
    story.searches = frozenset(one for one in searches(LANE) if one.space != MUSICBRAINZ)
    assert len(story.meet(*LANE).acts()) == 3


def test_later_namesakes_put_a_name_link_to_review():
    """Links by a unique name stay when namesakes appear, and go to review; nothing of the namesakes is joined."""
    story = Story().meet(*LANE, searched=True)
    story.meet(act(s(2), "Otterwick Lane"), act(m(2), "Otterwick Lane"), searched=True)
    assert story.acts() == {frozenset({s(1), t(1), m(1)}), frozenset({s(2)}), frozenset({m(2)})}
    assert story.review(s(1), MUSICBRAINZ).reason is Reason.NAMESAKES
    assert story.proposed(s(1), MUSICBRAINZ) == [m(1), m(2)]


FERRIES = (act(s(1), "The Paper Ferries"), act(m(1), "The Paper Ferries"))


@pytest.mark.parametrize("target", [s(1), m(1)])
def test_a_known_tribute_band_is_not_the_original(target: Ref):
    """An act of the subtype Tribute Band that links to the original is rejected."""
    tribute = act(t(1), "The Paper Ferries Tribute", target, kind=RecordKind.TRIBUTE)
    story = in_every_order(*FERRIES, tribute)
    assert story.act(t(1)) == {t(1)}
    assert Pair.of(target, t(1)) in story.rejected()


def test_a_tribute_band_of_its_own_page_is_an_artist():
    """Where both sides are known as tribute acts and named alike, they are one."""
    story = in_every_order(
        act(t(1), "Ferry Gold", m(3), kind=RecordKind.TRIBUTE), act(m(3), "Ferry Gold", kind=RecordKind.TRIBUTE)
    )
    assert story.acts() == {frozenset({t(1), m(3)})}


def test_a_tribute_band_under_the_very_name_is_left_to_a_person():
    """A link from a tribute act under the original's own name is not followed."""
    story = in_every_order(FERRIES[0], act(t(1), "The Paper Ferries", s(1), kind=RecordKind.TRIBUTE))
    assert story.act(t(1)) == {t(1)}
    assert story.review(t(1), SPOTIFY).reason is Reason.TRIBUTE


def test_an_unknown_tribute_is_told_by_its_name():
    """Of two acts found, the one that links under another name is rejected; the name alone may link the other."""
    nearly = act(t(1), "Nearly The Paper Ferries", s(1), kind=RecordKind.ACT)
    story = in_every_order(*FERRIES, nearly, act(t(2), "The Paper Ferries"))
    assert Pair.of(s(1), t(1)) in story.rejected()
    assert story.act(s(1)) == {s(1), m(1), t(2)}


@pytest.mark.parametrize(
    "name",
    [
        "Barcos de Papel - Homenaje a The Paper Ferries",
        "Papierschiffe - The Paper Ferries Coverband",
        "The Paper Ferries Revival",
        "Hommage à The Paper Ferries",
        "Ferry Good: the songs of The Paper Ferries",
        "The Paper Ferries Experience",
        "Harbour Philharmonic plays The Paper Ferries",
        "Gli Amici suonano The Paper Ferries",
    ],
)
def test_who_plays_somebodys_songs_is_told_without_words(name: str):
    """In any language the disagreement of names rejects both links."""
    story = in_every_order(*FERRIES, act(t(1), name, s(1), m(1)))
    assert story.act(t(1)) == {t(1)}
    assert story.rejected() >= {Pair.of(s(1), t(1)), Pair.of(m(1), t(1))}


def test_a_band_may_be_called_a_tribute():
    """A name that agrees is followed, whatever its words."""
    story = in_every_order(act(t(1), "Tribute to Nobody", s(3), kind=RecordKind.ACT), act(s(3), "Tribute to Nobody"))
    assert story.acts() == {frozenset({t(1), s(3)})}


DOORS = tuple(act(m(i), "Open Door", audience=10 - i) for i in range(1, 6))


def test_five_of_a_name_are_a_question():
    """Without evidence nothing is linked, and the import says how many there are and which command shows them."""
    story = Story().meet(act(s(1), "Open Door"), *DOORS, searched=True)
    assert len(story.acts()) == 6
    assert story.said(s(1)) == (
        "5 artists of this name at setlist.fm, none proven: `thesetctl artist review open-door`",
    )


def _nights(*nights: Appearance) -> tuple[Story, Story]:
    attraction = act(t(1), "Open Door", s(1), concerts=[night("2026-09-02", "Bergen"), night("2026-09-05", "Malmö")])
    third = attrs.evolve(DOORS[2], concerts=frozenset(nights))
    records = [act(s(1), "Open Door"), attraction, *DOORS[:2], third, *DOORS[3:]]
    return Story().meet(*records, searched=True), Story().meet(*reversed(records), searched=True)


def test_two_concerts_prove_one_of_five():
    """Two nights in the same cities link; the evidence names them."""
    for story in _nights(night("2026-09-02", "Bergen"), night("2026-09-05", "MALMO")):
        assert story.act(s(1)) == {s(1), t(1), m(3)}
        link = story.book.links[Pair.of(m(3), t(1))]
        assert link.rule is Rule.SUPPORTED
        assert link.evidence == ("both list 2026-09-02 in bergen", "both list 2026-09-05 in malmo")


def test_one_concert_proposes():
    """One night in common is not enough, and puts its artist first among the proposals."""
    for story in _nights(night("2026-09-02", "Bergen"), night("2026-09-05", "Oslo")):
        assert story.act(s(1)) == {s(1), t(1)}
        assert story.proposed(s(1), MUSICBRAINZ) == [m(3), m(1), m(2), m(4), m(5)]


def test_the_first_place_of_a_search_is_no_proof():
    """Without facts the largest is proposed first, and nothing is linked."""
    large = [attrs.evolve(one, audience=200 if one.ref == m(2) else 5) for one in DOORS]
    story = Story().meet(act(s(1), "Open Door"), act(t(1), "Open Door", s(1)), *large, searched=True)
    assert story.act(s(1)) == {s(1), t(1)}
    assert story.proposed(s(1), MUSICBRAINZ)[0] == m(2)


@pytest.mark.parametrize(
    ("albums", "linked"),
    [
        (["Low Water", "Slack Tide"], True),
        (["Low Water"], False),
        (["Low Water", "Open Door"], False),  # the artist's own name says nothing
        (["Low Water", "Greatest Hits"], False),  # and neither does what another namesake has too
    ],
)
def test_album_titles_are_facts(albums: list[str], linked: bool):  # noqa: FBT001 - the expected answer
    """Two album titles in common link; the artist's name and titles of other namesakes do not count."""
    story = in_every_order(
        act(s(1), "Open Door", albums=["Low Water", "Slack Tide", "Open Door", "Greatest Hits"]),
        act(m(1), "Open Door", albums=albums),
        act(m(2), "Open Door", albums=["Greatest Hits"]),
    )
    assert story.act(s(1)) == ({s(1), m(1)} if linked else {s(1)})


def test_a_concert_and_an_album_are_two_facts():
    """Facts of different kinds add up, also when they are known under different ids of the artist."""
    story = in_every_order(
        act(s(1), "Open Door", albums=["Low Water"]),
        act(t(1), "Open Door", s(1), concerts=[night("2026-09-02", "Bergen")]),
        act(m(1), "Open Door", albums=["Low Water"], concerts=[night("2026-09-02", "Bergen")]),
        act(m(2), "Open Door"),
    )
    assert story.act(s(1)) == {s(1), t(1), m(1)}


def test_facts_for_two_artists_are_for_neither():
    """Where two namesakes share as much with the artist, nothing is linked."""
    nights = [night("2026-09-02", "Bergen"), night("2026-09-05", "Malmö")]
    story = in_every_order(
        act(t(1), "Open Door", concerts=nights),
        act(m(1), "Open Door", concerts=nights),
        act(m(2), "Open Door", concerts=nights),
    )
    assert story.act(t(1)) == {t(1)}


MOONS = (act(s(1), "Hollow Moon", note="metal"), act(s(2), "Hollow Moon", note="poet"))


def test_an_attraction_of_another_trade_is_not_linked():
    """A children's theatre of the name goes to review."""
    theatre = act(t(1), "Hollow Moon", kind=RecordKind.OTHER_TRADE)
    story = in_every_order(*MOONS, theatre)
    assert story.act(t(1)) == {t(1)}
    assert story.proposed(s(1), TICKETMASTER) == [t(1)]
    assert Story().meet(MOONS[0], theatre, act(m(1), "Hollow Moon"), searched=True).act(t(1)) == {t(1)}


def test_the_link_says_whose_attraction_it_is():
    """A linked attraction is its artist's, and proves nothing about another of the name."""
    story = in_every_order(*MOONS, act(t(1), "Hollow Moon", s(2)), act(t(2), "Hollow Moon"))
    assert story.acts() == {frozenset({s(1)}), frozenset({s(2), t(1)}), frozenset({t(2)})}
    assert set(story.proposed(t(2), SPOTIFY)) == {s(1), s(2)}


def test_an_act_may_have_two_attractions():
    """Both attractions that link to her are hers."""
    story = in_every_order(act(s(1), "Mara Vell"), act(t(1), "Mara Vell", s(1)), act(t(2), "Mara Vell", s(1)))
    assert story.acts() == {frozenset({s(1), t(1), t(2)})}


def test_of_two_attractions_with_one_mbid_the_name_decides():
    """The attraction of another name is rejected."""
    story = in_every_order(
        act(m(1), "Glass Orchard"), act(t(1), "Glass Orchard", m(1)), act(t(2), "Walter Orchard", m(1))
    )
    assert story.acts() == {frozenset({m(1), t(1)}), frozenset({t(2)})}
    assert Pair.of(m(1), t(2)) in story.rejected()


@pytest.mark.untraced
def test_an_id_that_two_artists_claim_goes_to_neither():
    """Of two namesakes whose attractions both publish one MBID neither has it, whichever came first; all else holds."""
    story = in_every_order(
        *(act(s(i), "Glass Orchard") for i in (1, 2)),
        *(act(t(i), "Glass Orchard", s(i), m(1)) for i in (1, 2)),
        act(m(1), "Glass Orchard"),
    )
    assert story.acts() == {frozenset({s(1), t(1)}), frozenset({s(2), t(2)}), frozenset({m(1)})}
    assert story.review(t(1), MUSICBRAINZ).reason is Reason.CONTESTED


def test_an_attraction_that_links_to_two_artists_is_of_neither():
    """Two published links that contradict each other are no evidence."""
    story = in_every_order(
        act(s(1), "Glass Orchard"), act(s(2), "Glass Orchard"), act(t(1), "Glass Orchard", s(1), s(2))
    )
    assert len(story.acts()) == 3
    assert set(story.proposed(t(1), SPOTIFY)) == {s(1), s(2)}


def test_attractions_in_two_cities_at_once_are_two_acts():
    """Of two attractions that publish one page while they play elsewhere on the same nights, neither has it."""
    here, there = ([night(f"2026-09-0{i}", city) for i in (1, 2, 3)] for city in ("Bergen", "Porto"))
    story = in_every_order(
        act(s(1), "Mara Vell"),
        act(t(1), "Mara Vell", s(1), concerts=here),
        act(t(2), "Mara Vell", s(1), concerts=there),
    )
    assert len(story.acts()) == 3


def test_a_persons_word_is_stronger_than_a_link():
    """An attraction that links to two namesakes joins the one that a person linked with its other id."""
    for order in (1, -1):
        story = Story().meet(act(s(1), "Glass Orchard"), act(m(1), "Glass Orchard"), act(s(2), "Glass Orchard"))
        attraction = act(t(1), "Glass Orchard", s(2), m(1))
        steps = [lambda: story.say(Verb.LINK, [s(1)], [m(1)]), lambda: story.meet(attraction)]  # noqa: B023 - run here
        for step in steps[::order]:
            step()
        assert story.acts() == {frozenset({s(1), m(1), t(1)}), frozenset({s(2)})}
        assert story.book.refusals[Pair.of(s(2), t(1))].reason is Reason.CONTRADICTS


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("The Paper Ferries", "Paper Ferries"),
        ("Ferries, The", "The Ferries"),
        ("AC-DX", "ACDX"),
        ("Th€ Ferries", "FERRIES"),
    ],
)
def test_a_link_agrees_with_a_name_as_it_is_written_elsewhere(here: str, there: str):
    """An article or a blank is no other name where the act itself links; without a link it proves nothing."""
    assert len(in_every_order(act(t(1), here, s(1)), act(s(1), there)).acts()) == 1
    assert len(in_every_order(act(t(1), here), act(s(1), there)).acts()) == 2


def test_a_link_to_quite_another_name_is_not_followed():
    """It goes to review."""
    story = in_every_order(act(t(1), "Quill & Tarn", s(9)), act(s(9), "Quiet Tavern Jazz"))
    assert story.acts() == {frozenset({t(1)}), frozenset({s(9)})}
    assert story.review(t(1), SPOTIFY).reason is Reason.OTHER_NAME


def test_what_a_person_took_apart_stays_apart():
    """A later sync does not link again; undoing brings back every row as it was."""
    story = Story().meet(
        act(s(1), "Mara Vell"), act(t(1), "Mara Vell", s(1)), act(m(1), "Mara Vell", s(1)), searched=True
    )
    before = story.book
    number = story.say(Verb.UNLINK, [t(1)], [s(1), m(1)])
    assert story.act(t(1)) == {t(1)}
    apart = story.book
    story.meet(act(t(1), "Mara Vell", s(1)), searched=True)
    assert story.book == apart
    assert story.book.refusals[Pair.of(s(1), t(1))].reason is Reason.PERSON
    story.undo(number)
    assert story.book == before


TRIO = (act(m(1), "Kestral", audience=3), act(t(1), "Kestral", audience=4))


def test_a_sign_within_a_name_is_not_read_as_a_letter():
    """A rapper with a sign in his name gets nothing of a trio that is spelled with the letter."""
    story = in_every_order(act(s(1), "Ke$tral"), *TRIO)
    assert story.act(s(1)) == {s(1)}
    assert story.proposed(s(1), MUSICBRAINZ) == [m(1)]


@pytest.mark.untraced
def test_a_sign_is_read_as_a_letter_where_a_link_agrees():
    """With a link, the capitals of an attraction are the stylised name; the trio stays apart."""
    story = in_every_order(act(s(1), "Ke$tral"), act(t(2), "KESTRAL", s(1), m(2)), act(m(2), "Ke$tral"), *TRIO)
    assert story.act(s(1)) == {s(1), t(2), m(2)}
    assert story.act(m(1)).isdisjoint(story.act(s(1)))


def test_letters_that_fold_alike_are_namesakes():
    """Two artists whose names differ by a stroke are two, and an attraction without links is neither."""
    story = in_every_order(act(s(1), "Mørk"), act(s(2), "Mork"), act(t(1), "MORK"))
    assert len(story.acts()) == 3
    assert set(story.proposed(t(1), SPOTIFY)) == {s(1), s(2)}


def test_a_collaboration_is_an_artist_of_its_own():
    """Names joined by a sign are no name of either; one act with such a name is never split."""
    pages = (act(m(1), "Mara Vell"), act(m(2), "Otterwick Lane"), act(m(3), "Mara Vell & Otterwick Lane"))
    story = in_every_order(act(s(1), "Mara Vell"), *pages)
    assert story.acts() == {frozenset({s(1), m(1)}), frozenset({m(2)}), frozenset({m(3)})}
    duo = in_every_order(act(s(4), "Quill and Tarn"), act(m(4), "Quill & Tarn"), act(t(4), "Quill & Tarn"))
    assert duo.acts() == {frozenset({s(4), m(4), t(4)})}


def test_a_name_behind_a_title_is_left_to_a_person():
    """An event series that names an artist is not the artist, until a person links it; then every sync keeps that."""
    series = act(t(1), "Nightwork: Otterwick Lane")
    story = Story().meet(act(s(2), "Otterwick Lane"), act(t(2), "Otterwick Lane", s(2)), series, searched=True)
    assert story.act(t(1)) == {t(1)}
    assert s(2) in story.proposed(t(1), TICKETMASTER)
    story.say(Verb.LINK, [t(1)], [s(2)])
    assert story.meet(series, searched=True).act(s(2)) == {s(2), t(1), t(2)}


def test_a_bill_as_one_attraction_goes_to_review():
    """None of the acts that an attraction's name joins gets it."""
    acts = (act(s(1), "Mara Vell"), act(s(2), "Otterwick Lane"), act(s(3), "Kall Hamn"))
    story = in_every_order(*acts, act(t(1), "Mara Vell, Otterwick Lane, Kall Hamn"))
    assert story.act(t(1)) == {t(1)}
    assert set(story.proposed(t(1), TICKETMASTER)) == {s(1), s(2), s(3)}
    assert story.review(t(1), TICKETMASTER).reason is Reason.SEVERAL_NAMES


PAGES = ["p1", "p2", "p3", "p4"]


def _linked() -> Story:
    return Story().meet(
        act(s(1), "Mara Vell"), act(m(1), "Mara Vell", s(1), items=PAGES), act(t(1), "Mara Vell", m(1)), searched=True
    )


def test_a_merged_id_is_followed_by_what_is_found_under_it():
    """A dead MBID leads to the one that holds its pages; the artist keeps its row, and asks by the new one."""
    story = _linked()
    row = story.book.owners[s(1)]
    story.meet(act(m(1), "Mara Vell", s(1), items=PAGES, gone=True), act(m(2), "Mara Vell", items=[*PAGES, "p5"]))
    assert story.book.aliases == {m(1): m(2)}
    assert story.act(s(1)) == {s(1), m(1), m(2), t(1)}
    assert story.book.owners[m(2)] == row


def test_a_namesake_does_not_inherit():
    """A dead MBID with a namesake that holds none of its pages is lost: refused, told, and nothing goes."""
    story = _linked()
    story.meet(
        act(m(1), "Mara Vell", s(1), items=PAGES, gone=True), act(m(2), "Mara Vell", items=["q1"]), searched=True
    )
    assert story.act(s(1)) == {s(1), m(1), t(1)}
    refused = story.book.refusals[Pair.of(m(1), m(2))]
    assert refused.evidence == (f"0 of 4 known under {m(1)} are found under {m(2)}",)
    assert f"setlist.fm no longer knows {m(1).id}: what came from it stays, and is not refreshed" in story.said(s(1))


@pytest.mark.parametrize(
    ("name", "items", "followed"), [("Mara Vell", [], True), ("Mara V", ["a1"], True), ("Somebody", ["b1"], False)]
)
def test_an_answer_under_another_id(name: str, items: list[str], followed: bool):  # noqa: FBT001 - the expected answer
    """An id that is answered by another one is its alias if the name or what it holds agrees."""
    story = _linked()
    story.meet(act(s(1), "Mara Vell", items=["a1"], moved_to=s(2)), act(s(2), name, items=items))
    assert (story.book.aliases == {s(1): s(2)}) is followed
    assert (s(2) in story.act(m(1))) is followed
    assert s(1) in story.act(m(1))


def test_an_artist_stays_verified_when_its_id_moves():
    """What proved the older id proves the newer one, whichever sorts first; one id with an alias proves nothing."""
    for old, new in ((s(1), s(2)), (s(2), s(1))):
        story = Story().meet(act(old, "Mara Vell"), act(t(1), "Mara Vell", old), searched=True)
        story.meet(act(old, "Mara Vell", moved_to=new), act(new, "Mara Vell"))
        assert story.verdict.verified(frozenset({old, new, t(1)}))
        assert (
            not Story()
            .meet(act(old, "Mara Vell", moved_to=new), act(new, "Mara Vell"))
            .verdict.verified(frozenset({old, new}))
        )


def test_a_dead_id_costs_nothing():
    """An artist whose page is gone keeps its row and links; it is told."""
    story = _linked()
    before = story.acts()
    story.meet(act(s(1), "Mara Vell", gone=True))
    assert story.acts() == before
    assert story.said(s(1)) == (f"Spotify no longer knows {s(1).id}: what came from it stays, and is not refreshed",)


def test_a_replaced_attraction():
    """A dead attraction leads to the one that has its concerts; a tribute band of the name is rejected."""
    nights = [night(f"2026-10-0{i}", "Bergen") for i in range(1, 6)]
    story = Story().meet(act(m(1), "Mara Vell"), act(t(1), "Mara Vell", m(1), concerts=nights[:3]), searched=True)
    story.meet(
        act(t(1), "Mara Vell", m(1), concerts=nights[:3], gone=True),
        act(t(2), "Mara Vell", m(1), concerts=nights),
        act(t(3), "Mara Vell", kind=RecordKind.TRIBUTE),
        searched=True,
    )
    assert story.book.aliases == {t(1): t(2)}
    assert story.acts() == {frozenset({m(1), t(1), t(2)}), frozenset({t(3)})}
    assert Pair.of(m(1), t(3)) in story.rejected()


def test_a_renamed_artist_keeps_all():
    """A former name still agrees with the attraction that has it."""
    story = Story().meet(
        act(s(1), "Otterwick Lane"), act(m(1), "Otterwick Lane"), act(t(1), "Otterwick Lane", s(1)), searched=True
    )
    before, owners = story.acts(), story.book.owners
    story.meet(act(s(1), "OTTERWICK", names=["Otterwick Lane"]), act(m(1), "OTTERWICK", names=["Otterwick Lane"]))
    assert story.acts() == before == {frozenset({s(1), t(1), m(1)})}
    assert story.book.owners == owners


def test_a_stub_is_completed_in_its_row():
    """What a bill names has a row at once, with the id it links to; importing either later keeps the row's key."""
    story = Story().meet(act(t(7), "Kall Hamn", s(7)), act(t(8), "Open Door"))
    assert story.acts() == {frozenset({t(7), s(7)}), frozenset({t(8)})}
    row = story.book.owners[t(7)]
    story.meet(act(s(7), "Kall Hamn"), searched=True)
    assert story.act(s(7)) == {t(7), s(7)}
    assert story.book.owners[s(7)] == row
    assert story.book.links[Pair.of(s(7), t(7))].rule is Rule.PUBLISHED


def test_a_claim_is_checked_when_the_other_side_is_read():
    """A link to an id that nobody read yet is given up when the name turns out to be another."""
    story = Story().meet(act(t(7), "Kall Hamn Revival", s(7)))
    story.meet(act(s(7), "Kall Hamn"))
    assert story.acts() == {frozenset({t(7)}), frozenset({s(7)})}


def test_two_stubs_of_a_name_become_one_by_a_fact():
    """They are two and in review until both turn out to be one artist's."""
    story = Story().meet(act(t(8), "Open Door"), act(t(9), "Open Door"), searched=True)
    assert len(story.acts()) == 2
    assert story.proposed(t(8), TICKETMASTER) == [t(9)]
    rows = {story.book.owners[t(8)], story.book.owners[t(9)]}
    story.meet(act(t(8), "Open Door", s(4)), act(t(9), "Open Door", s(4)), act(s(4), "Open Door"))
    assert story.acts() == {frozenset({s(4), t(8), t(9)})}
    assert story.book.owners[s(4)] in rows


def test_merge_and_split_are_undone_exactly():
    """After each undo everything is as it was, and a sync in between changes nothing."""
    story = Story().meet(act(t(8), "Open Door"), act(t(9), "Open Door"), searched=True)
    apart = story.book
    merge = story.say(Verb.MERGE, [t(8)], [t(9)])
    assert story.act(t(8)) == {t(8), t(9)}
    merged = story.book
    split = story.say(Verb.SPLIT, [t(8)], [t(9)])
    assert story.act(t(8)) == {t(8)}
    assert not story.book.reviews
    taken = story.book
    assert story.meet(searched=True).book == taken
    story.undo(split)
    assert story.book == merged
    assert story.meet(searched=True).book == merged
    story.undo(merge)
    assert story.book == apart
