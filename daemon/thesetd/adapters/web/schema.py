"""Derives JSON Schema and examples from documents' classes."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, get_args, get_origin
from uuid import UUID

import attrs

from thesetd.domain.documents import Says, members, nullable, undescribed, written

_PLAIN: Mapping[Any, tuple[dict[str, Any], Any]] = {
    bool: ({"type": "boolean"}, False),
    int: ({"type": "integer"}, 1),
    float: ({"type": "number"}, 0.5),
    str: ({"type": "string"}, "..."),
    datetime: ({"type": "string", "format": "date-time"}, "2026-01-31T20:00:00+00:00"),
    date: ({"type": "string", "format": "date"}, "2026-01-31"),
    UUID: ({"type": "string", "format": "uuid"}, "00000000-0000-0000-0000-00000000002a"),
}


def schema_name(cls: type[Any]) -> str:
    """Return the name of a class in the description."""
    return cls.__name__.removesuffix("View").removesuffix("Shown").removesuffix("Document")


class Schemas:
    """Collects the schemas that are referred to."""

    def __init__(self) -> None:
        """Start without any."""
        self.known: dict[str, dict[str, Any]] = {}

    def of(self, kind: Any, says: Says | None = None) -> dict[str, Any]:
        """Return the schema of a type; that of a document's class is a reference.

        Raises:
            LookupError: two classes have the same name.
        """
        kind, own = undescribed(kind)
        says = says or own
        schema = self._bare(kind)
        if says.choices:
            schema["enum"] = list(says.choices)
        bounds = {"description": says.text or None, "minimum": says.least, "maximum": says.most}
        schema |= {name: value for name, value in bounds.items() if value is not None}
        if says.example is not None:
            schema["examples"] = [says.example]
        return schema

    def behind(self, reference: Mapping[str, str]) -> dict[str, Any]:
        """Return the schema that a reference leads to."""
        return self.known[reference["$ref"].rsplit("/", 1)[1]]

    def _bare(self, kind: Any) -> dict[str, Any]:
        kind, may_lack = nullable(kind)
        origin, parts = get_origin(kind), get_args(kind)
        if origin in {tuple, frozenset}:
            schema: dict[str, Any] = {"type": "array", "items": self.of(parts[0])}
        elif origin in {dict, Mapping}:
            schema = {"type": "object", "additionalProperties": self.of(parts[1]) if parts[1] is not Any else True}
        elif attrs.has(kind):
            schema = self._reference(kind)
        elif issubclass(kind, Enum):
            schema = {"type": "string", "enum": [written(one) for one in kind]}
        else:
            schema = dict(_PLAIN[kind][0])
        return _or_null(schema) if may_lack else schema

    def _reference(self, cls: type[Any]) -> dict[str, Any]:
        name = schema_name(cls)
        if self.known.setdefault(name, {"title": cls.__qualname__}) == {"title": cls.__qualname__}:
            self.known[name] |= self._object(cls)
        elif self.known[name]["title"] != cls.__qualname__:
            raise LookupError(f"two documents are called {name}")
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(self, cls: type[Any]) -> dict[str, Any]:
        properties = {one.name: self.of(one.type, one.says) for one in members(cls)}
        return {
            "type": "object",
            "description": (cls.__doc__ or "").strip(),
            "required": list(properties),
            "properties": properties,
            "additionalProperties": False,
        }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    more = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | {"type": [schema["type"], "null"]} | more


def example(kind: Any, says: Says | None = None) -> Any:
    """Return an example of a type, in JSON's own types: those given by its members, else defaults."""
    kind, own = undescribed(kind)
    says = says or own
    if says.example is not None:
        return says.example
    if says.choices:
        return says.choices[0]
    return _usual(kind)


def _usual(kind: Any) -> Any:
    kind, _ = nullable(kind)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in {tuple, frozenset}:
        return [example(parts[0])]
    if origin in {dict, Mapping}:
        return {}
    if attrs.has(kind):
        return {one.name: example(one.type, one.says) for one in members(kind)}
    return written(next(iter(kind))) if issubclass(kind, Enum) else _PLAIN[kind][1]
