"""Handles documents: frozen classes whose attributes are the members of JSON objects, each with its description.

The control surface writes its answers from these classes, its OpenAPI description is derived from them, and `thesetctl`
parses answers back into them. A member is described where it is declared: `attempts: Annotated[int, Says("How often it
was started.", example=1)]`. A member that is a Python keyword has an underscore after its name.
"""

import json
from collections.abc import Mapping
from datetime import date
from enum import Enum, IntEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs

T = TypeVar("T")


@attrs.frozen
class Says:
    """The description of a member: a sentence, an example, and details that its type does not express."""

    text: str = ""
    example: Any = None
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None


@attrs.frozen
class DocumentField:
    """One member of a document's class; `optional` ones may be left out by the sender."""

    name: str
    attribute: str
    type: Any
    says: Says
    optional: bool
    default: Any


def members(cls: type[Any]) -> tuple[DocumentField, ...]:
    """Return a class's members in the order of their declaration."""
    return _members(cls)  # type: ignore[arg-type]  # a class is hashable


@cache
def _members(cls: Any) -> tuple[DocumentField, ...]:
    hints = get_type_hints(cls, include_extras=True)
    found = []
    for field in attrs.fields(cls):
        kind, says = undescribed(hints[field.name])
        optional = field.default is not attrs.NOTHING
        default = None if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]
        found.append(DocumentField(field.name.rstrip("_"), field.name, kind, says, optional, default))
    return tuple(found)


def undescribed(hint: Any) -> tuple[Any, Says]:
    """Separate a type from its description."""
    says = Says()
    if get_origin(hint) is Annotated:
        hint, *extras = get_args(hint)
        says = next((extra for extra in extras if isinstance(extra, Says)), says)
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    return hint, says


def nullable(kind: Any) -> tuple[Any, bool]:
    """Remove "or null" from a type; return the type and whether it was there."""
    if get_origin(kind) not in {Union, UnionType}:
        return kind, False
    inner, _ = undescribed(next(part for part in get_args(kind) if part is not NoneType))
    return inner, True


def written(value: Any) -> Any:
    """Return a document, or a value within one, as JSON's own types."""
    if attrs.has(type(value)):
        return {one.name: written(getattr(value, one.attribute)) for one in members(type(value))}
    if isinstance(value, Mapping):
        return {str(_plain(name)): written(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [written(one) for one in value]
    return _plain(value)


def one_line(document: Any) -> str:
    """Return a document as one line of JSON."""
    return json.dumps(written(document), ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    match value:
        case IntEnum():
            return value.name.lower()
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            return value


def read_document(kind: Any, value: Any) -> Any:
    """Return the value of a type from JSON's own types; unknown members are ignored.

    Raises:
        KeyError, TypeError, ValueError: the JSON is not a value of the type.
    """
    kind, may_lack = nullable(undescribed(kind)[0])
    if value is None and may_lack:
        return None
    origin, parts = get_origin(kind), get_args(kind)
    if origin in {tuple, frozenset}:
        return origin(read_document(parts[0], one) for one in value)
    if origin in {dict, Mapping}:
        return {name: read_document(parts[1], one) for name, one in value.items()}
    return _read_plain(kind, value)


def _read_plain(kind: Any, value: Any) -> Any:
    if kind is Any:
        return value
    if attrs.has(kind):
        found = {one.attribute: read_document(one.type, value[one.name]) for one in _present(kind, value)}
        return kind(**found)
    if issubclass(kind, IntEnum):
        return kind[value.upper()]
    if issubclass(kind, Enum | UUID):
        return kind(value)
    if issubclass(kind, date):
        return kind.fromisoformat(value)
    if not isinstance(value, (int, float) if kind is float else kind):
        raise TypeError(f"{value!r} is not a {kind.__name__}")
    return value


def _present(kind: type[Any], value: Mapping[str, Any]) -> list[DocumentField]:
    return [one for one in members(kind) if one.name in value or not one.optional]
