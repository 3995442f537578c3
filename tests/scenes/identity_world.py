"""A seeded world of artists at three providers, of which it is known who is who.

It has namesakes, tribute acts, wrong links, spellings and incomplete searches; between two epochs namesakes appear, and
ids merge, move and die.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import attrs

from identity_scene import m, s, t
from thesetd.domain.identity.spaces import SPACES, SPOTIFY, Ref
from thesetd.domain.identity.statements import Appearance, IdentityEvidence, Record, RecordKind, Search
from thesetd.domain.music.names import fold

FIRST = [
    "Silent",
    "Paper",
    "Hollow",
    "Amber",
    "Northern",
    "Velvet",
    "Broken",
    "Golden",
    "Distant",
    "Iron",
    "Glass",
    "Quiet",
    "Crimson",
    "Wild",
    "Tender",
    "Lunar",
]
SECOND = [
    "Harbour",
    "Orchard",
    "Ferry",
    "Engine",
    "Meadow",
    "Signal",
    "Garden",
    "River",
    "Lantern",
    "Parade",
    "Circus",
    "Compass",
    "Window",
    "Mirror",
]
THIRD = ["", " Club", " Band", " Trio", " Brothers", " & Sons", " + Friends", " Collective", " 77", " Union", " Ø"]
CITIES = [
    "Bergen",
    "Malmö",
    "Oslo",
    "Turku",
    "Graz",
    "Porto",
    "Lyon",
    "Ghent",
    "Leeds",
    "Cork",
    "Basel",
    "Gdańsk",
    "Ostrava",
    "Split",
    "Plovdiv",
    "Tartu",
]
ALBUMS = [
    "Low Water",
    "Slack Tide",
    "First Light",
    "Homecoming",
    "Live",
    "Greatest Hits",
    "Nine Rooms",
    "Salt",
    "Aftermath",
    "Small Hours",
]
COMMON = 4  # artists of other names that have an album of a title
FAMOUS = 100_000  # followers
TRIBUTES = ["{} Tribute", "Nearly {}", "{} Revival", "Hommage à {}", "Homenaje a {}", "Orchestra plays {}", "{}"]


@attrs.frozen(kw_only=True)
class Truth:
    """A world, its artists, and whose each id is."""

    before: IdentityEvidence
    after: IdentityEvidence
    owner: dict[Ref, int]
    famous: frozenset[Ref]


@attrs.define
class _Maker:
    rng: random.Random
    owner: dict[Ref, int] = attrs.field(factory=dict)
    records: dict[Ref, Record] = attrs.field(factory=dict)
    late: set[Ref] = attrs.field(factory=set)
    number: int = 0

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def ref(self, make: object, whose: int) -> Ref:
        self.number += 1
        ref = make(self.number)  # type: ignore[operator]
        self.owner[ref] = whose
        return ref

    def artist(self, whose: int, name: str, audience: int, *, late: bool) -> None:
        """Let an artist be at some providers."""
        rng = self.rng
        drawn = {Appearance(date(2026, 1, 1) + timedelta(rng.randrange(400)), rng.choice(CITIES)) for _ in range(12)}
        titles = [f"{rng.choice(FIRST)} {rng.choice(SECOND)} {rng.choice(ALBUMS)}" for _ in range(rng.randrange(4))]
        albums = frozenset([*rng.sample(ALBUMS, 2), *titles, name, f"{name} II"])
        nights = sorted(drawn)
        mine = []
        page = mbid = None
        if self.chance(0.97):
            page = self.ref(s, whose)
            mine.append(Record(ref=page, name=name, albums=albums, audience=audience))
        if self.chance(0.8):
            mbid = self.ref(m, whose)
            played = frozenset(one for one in nights if self.chance(0.7))
            known = albums if self.chance(0.4) else frozenset[str]()
            links = frozenset({page}) if page and self.chance(0.3) else frozenset[Ref]()
            pages = int(audience**0.5 * rng.uniform(0.1, 1)) + 1
            items = frozenset(f"{mbid.id}-{i}" for i in range(5))
            mine.append(
                Record(ref=mbid, name=name, links=links, concerts=played, albums=known, items=items, audience=pages)
            )
        for _ in range(rng.choice([0, 1, 1, 1, 2])):
            spelled = rng.choice([name, name.upper(), name.replace("&", "and")])
            links = frozenset(
                ref for ref, share in ((page, 0.4), (mbid, 0.54)) if ref is not None and self.chance(share)
            )
            listed = frozenset(one for one in nights if self.chance(0.5))
            mine.append(Record(ref=self.ref(t, whose), name=spelled, links=links, concerts=listed, kind=RecordKind.ACT))
        self.records |= {one.ref: one for one in mine}
        self.late |= {one.ref for one in mine if late}

    def tribute(self, whose: int, original: list[Ref]) -> None:
        """Let somebody play a famous artist's songs and link to the pages of the original."""
        ref = self.ref(t, whose)
        form = self.rng.choice(TRIBUTES)
        kind = RecordKind.TRIBUTE if form == "{}" or self.chance(0.5) else RecordKind.ACT
        name = form.format(self.records[original[0]].name)
        self.records[ref] = Record(ref=ref, name=name, kind=kind, links=frozenset(original))

    def wrong_link(self, ref: Ref, targets: list[Ref]) -> None:
        """Let an attraction link to another artist as well."""
        record = self.records[ref]
        self.records[ref] = attrs.evolve(record, links=record.links | {self.rng.choice(targets)})

    def moved(self) -> Iterator[Record]:
        """Return what changes in the second epoch: ids that merge, are answered by another, or die."""
        for ref in sorted(self.records):
            record = self.records[ref]
            fate = self.rng.random()
            if fate < 0.01:
                successor = attrs.evolve(record, ref=self.ref(_maker(ref), self.owner[ref]))
                yield successor
                died = ref.space != SPOTIFY and bool(record.items or record.concerts)
                yield attrs.evolve(record, gone=died, moved_to=None if died else successor.ref)
            elif fate < 0.013:
                yield attrs.evolve(record, gone=True)


def _maker(ref: Ref) -> object:
    return {"spotify": s, "musicbrainz": m}.get(ref.space, t)


def make(count: int, seed: int = 1, blind: float = 0.0) -> Truth:
    """Make a world of so many artists.

    `blind` is the share of namesakes' attractions whose wrong link leads to an artist of the very name and contradicts
    none that they have: nothing that providers say tells it from a right one.
    """
    maker = _Maker(random.Random(seed))
    names = [f"{a} {b}{c}" for a in FIRST for b in SECOND for c in THIRD]
    names += [f"{a} {n}" for n in names for a in ("The", "Old")]
    maker.rng.shuffle(names)
    for whose in range(count):
        namesake = whose and maker.chance(0.15)
        name = names[maker.rng.randrange(min(whose, len(names)))] if namesake else names[whose % len(names)]
        maker.artist(whose, name, int(10 ** maker.rng.uniform(1, 6.5)), late=maker.chance(0.05))
    acts: dict[int, list[Ref]] = defaultdict(list)
    for ref, whose in maker.owner.items():
        acts[whose].append(ref)
    pages = [r for r in maker.records if r.space == SPOTIFY]
    famous = [r for r in pages if maker.records[r].audience >= FAMOUS]
    for number, page in enumerate(maker.rng.sample(famous, len(famous) // 6)):
        maker.tribute(count + number, [r for r in acts[maker.owner[page]] if SPACES[r.space].single])
    single = [ref for ref in maker.records if SPACES[ref.space].single]
    named: dict[str, list[Ref]] = defaultdict(list)
    for ref in single:
        named[maker.records[ref].name].append(ref)
    for ref in [ref for ref in maker.records if not SPACES[ref.space].single]:
        if maker.chance(0.02):
            maker.wrong_link(ref, single)
        namesakes = [one for one in named[maker.records[ref].name] if maker.owner[one] != maker.owner[ref]]
        seen = {one.space for one in maker.records[ref].links}
        plain = [one for one in namesakes if one.space in seen]
        if plain and maker.chance(0.1):
            maker.wrong_link(ref, plain)
        elif namesakes and maker.chance(blind):
            maker.wrong_link(ref, namesakes)
    return _epochs(maker, frozenset(famous))


def _epochs(maker: _Maker, famous: frozenset[Ref]) -> Truth:
    early = [record for ref, record in maker.records.items() if ref not in maker.late]
    later = maker.records | {record.ref: record for record in maker.moved()}
    unread = {name for name in sorted({one.name for one in later.values()}) if maker.chance(0.05)}
    searches = frozenset(
        Search(space=space, name=record.name, complete=record.name not in unread)
        for record in later.values()
        for space in SPACES
    )
    held = Counter(title for name, title in {(one.name, title) for one in later.values() for title in one.albums})
    common = frozenset(fold(title) for title, names in held.items() if names >= COMMON)
    before = IdentityEvidence(records=tuple(early), searches=searches, common_titles=common)
    return Truth(
        before=before,
        after=attrs.evolve(before, records=tuple(later.values())),
        owner=maker.owner,
        famous=famous,
    )
