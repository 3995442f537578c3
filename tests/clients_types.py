"""Write config/clients/typescript/src/types.ts: the types of all documents, from the OpenAPI description.

`make client-types` writes the file; a test compares it with what this would write.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from thesetd.adapters.web.openapi import openapi_document

FILE = Path(__file__).parents[1] / "config" / "clients" / "typescript" / "src" / "types.ts"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def typescript() -> str:
    """Return the file's text."""
    schemas = openapi_document()["components"]["schemas"]
    blocks = ["/** Documents of thesetd, written by `make client-types`: do not edit. */"]
    blocks += ["\n".join(_interface(name, schema)) for name, schema in schemas.items()]
    return "\n\n".join(blocks) + "\n"


def _interface(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"/** {_words(schema)} */"
    yield f"export interface {name} {{"
    required = set(schema.get("required", ()))
    for member, inner in schema["properties"].items():
        if words := _words(inner):
            yield f"  /** {words} */"
        yield f"  {member}{'' if member in required else '?'}: {_type(inner)};"
    if schema.get("additionalProperties") is True:
        yield "  [member: string]: unknown;"
    yield "}"


def _words(schema: Mapping[str, Any]) -> str:
    return " ".join(str(schema.get("description", "")).split()).replace("*/", "* /")


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join("null" if value is None else f'"{value}"' for value in schema["enum"])
    kinds = schema.get("type", "unknown")
    return " | ".join(_of_kind(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _of_kind(kind: str, schema: Mapping[str, Any]) -> str:
    if kind == "array":
        inner = _type(schema["items"])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if kind == "object":
        values = schema.get("additionalProperties", True)
        return f"Record<string, {_type(values) if isinstance(values, dict) else 'unknown'}>"
    return _PLAIN.get(kind, "unknown")


if __name__ == "__main__":
    FILE.write_text(typescript())
