"""Converts records, links and reviews to columns and JSON, and back."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

import asyncpg

from thesetd.adapters.postgres.text import is_storable, storable
from thesetd.domain.identity.agreement import keys, styled_keys
from thesetd.domain.identity.decisions import Entry, Verb
from thesetd.domain.identity.spaces import Ref, Space
from thesetd.domain.identity.statements import (
    Appearance,
    Link,
    Pair,
    Reason,
    Record,
    RecordKind,
    RefusedLink,
    Rule,
    Strength,
)
from thesetd.domain.identity.verdicts import Proposal, ReviewQuestion

StoredRow: TypeAlias = asyncpg.Record | Mapping[str, Any]


def ref(text: str) -> Ref:
    """Parse an id written as space:id."""
    space, _, value = text.partition(":")
    return Ref(Space(space), value)


def texts(refs: Iterable[Ref]) -> list[str]:
    """Write ids as space:id, sorted."""
    return [str(one) for one in sorted(refs)]


def storable_ids(refs: Iterable[Ref]) -> tuple[list[str], list[str]]:
    """Return the spaces and ids of those that can be stored."""
    kept = sorted({one for one in refs if is_storable(one.id)})
    return [one.space for one in kept], [one.id for one in kept]


def names_of(record: Record) -> list[str]:
    """Return all names of a record, folded, also with signs read as letters."""
    return sorted(map(storable, keys(record) | styled_keys(record)))


def write_record(record: Record) -> str:
    """Return a record as JSON without empty members."""
    said: dict[str, Any] = {
        "name": storable(record.name),
        "kind": record.kind.value,
        "names": sorted(map(storable, record.names)),
        "links": texts(record.links),
        "concerts": [[night.day.isoformat(), storable(night.city)] for night in sorted(record.concerts)],
        "albums": sorted(map(storable, record.albums)),
        "items": sorted(map(storable, record.items)),
        "audience": record.audience,
        "note": storable(record.note),
        "gone": record.gone,
        "moved_to": str(record.moved_to) if record.moved_to else None,
    }
    kept = {key: value for key, value in said.items() if value or (value == 0 and value is not False)}
    return json.dumps(kept, ensure_ascii=False)


def read_record(row: StoredRow) -> Record:
    """Read a row of `thesetd.artist_records`."""
    said: Mapping[str, Any] = _parsed(row["record"])
    return Record(
        ref=Ref(Space(row["space"]), row["id"]),
        name=said["name"],
        kind=RecordKind(said["kind"]),
        names=frozenset(said.get("names", ())),
        links=frozenset(map(ref, said.get("links", ()))),
        concerts=frozenset(Appearance(date.fromisoformat(day), city) for day, city in said.get("concerts", ())),
        albums=frozenset(said.get("albums", ())),
        items=frozenset(said.get("items", ())),
        audience=said.get("audience"),
        note=said.get("note", ""),
        gone=said.get("gone", False),
        moved_to=ref(said["moved_to"]) if said.get("moved_to") else None,
    )


def pair(row: StoredRow) -> Pair:
    """Read the ids of a row of `thesetd.artist_links`."""
    return Pair(Ref(Space(row["one_space"]), row["one_id"]), Ref(Space(row["other_space"]), row["other_id"]))


def read_link(row: StoredRow) -> Link | RefusedLink:
    """Read a row of `thesetd.artist_links`."""
    evidence = tuple(row["evidence"])
    if row["decision"] in {"automatic", "person"}:
        return Link(pair=pair(row), rule=Rule(row["rule"]), strength=Strength(row["strength"]), evidence=evidence)
    final = row["decision"] == "rejected"
    return RefusedLink(pair=pair(row), reason=Reason(row["rule"]), final=final, evidence=evidence)


def write_link(link: Link | RefusedLink) -> tuple[str, str, int, list[str]]:
    """Return the columns decision, rule, strength and evidence."""
    evidence = list(map(storable, link.evidence))
    if isinstance(link, Link):
        decision = "person" if link.rule is Rule.PERSON else "automatic"
        return decision, link.rule.value, link.strength.value, evidence
    return "rejected" if link.final else "review", link.reason.value, 0, evidence


def write_proposals(review: ReviewQuestion) -> str:
    """Return the proposals of a review as JSON."""
    proposals = [
        {
            "id": str(one.ref),
            "name": storable(one.name),
            "evidence": list(map(storable, one.evidence)),
            "audience": one.audience,
        }
        for one in review.proposals
    ]
    return json.dumps(proposals, ensure_ascii=False)


def read_review(row: StoredRow) -> ReviewQuestion:
    """Read a row of `thesetd.artist_reviews`."""
    proposals = tuple(
        Proposal(ref=ref(one["id"]), name=one["name"], evidence=tuple(one["evidence"]), audience=one["audience"])
        for one in _parsed(row["proposals"])
    )
    about = Ref(Space(row["about_space"]), row["about_id"])
    space, reason = Space(row["space"]), Reason(row["reason"])
    return ReviewQuestion(about=about, space=space, name=row["name"], reason=reason, proposals=proposals)


def read_entry(row: StoredRow) -> Entry:
    """Read a row of `thesetd.artist_decisions`."""
    return Entry(
        number=row["number"],
        verb=Verb(row["verb"]),
        ids=frozenset(map(ref, row["ids"])),
        others=frozenset(map(ref, row["others"])),
        undoes=row["undoes"],
        who=row["who"],
        at=at if isinstance(at := row["at"], datetime) else datetime.fromisoformat(at),
    )


def _parsed(value: Any) -> Any:
    """Return a JSON column, which asyncpg returns as text; inside other JSON it is a value already."""
    return json.loads(value) if isinstance(value, str) else value
