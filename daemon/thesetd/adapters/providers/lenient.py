"""Converts provider JSON to wire classes: everything usable is used, and unusable parts cost as little as possible.

Providers send nulls where their documents promise values, floats for integers, and fields that come and go. The
defaults of a wire class define what may be missing, by one rule:

- a field **with** a default takes it if the value is absent, null or of another type;
- a field **without** a default is essential: if it cannot be read, the whole object is unusable;
- an unusable object is dropped from a list or mapping, replaced in a field with a default, and raises at the top.

| annotation | accepts |
| --- | --- |
| `int` | integers of 64 bits, integral floats (85.0), strings of either ("85"); never true or false |
| `float` | finite numbers, strings of them; never true or false |
| `str`, `bool` | themselves only |
| `X or None` | X, and None for anything else |
| `tuple[X, ...]`, `list[X]` | the usable items of a list, in order; null items are dropped |
| `dict[str, X]` | the usable values of an object |
| an attrs class | an object; unknown keys are ignored, `json_key` names a key that Python cannot spell |
| `Any` | everything as it is |

Unreadable objects that would become rows are noted (`noting`): their classes name their kind in `told_as`.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import attrs
from cattrs import Converter

from thesetd.adapters.providers.refusals import sample
from thesetd.adapters.strict_json import UNSTORABLE
from thesetd.domain.errors import BadPayload
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import Reject

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]

_KEY = "json key"
_INT64 = 1 << 63


_NOTES: ContextVar[list[Reject] | None] = ContextVar("notes", default=None)


@contextmanager
def noting() -> Iterator[list[Reject]]:
    """Collect what is left out while something is being read."""
    notes: list[Reject] = []
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)


def note(kind: str, key: str, reason: str, value: Any) -> None:
    """Note something that was received but cannot be stored; does nothing outside of `noting`."""
    notes = _NOTES.get()
    if notes is not None:
        notes.append(Reject(kind=kind, key=key, reason=reason, sample=sample(value)))


def _note_unusable(cls: Any, value: Any, why: Exception) -> None:
    if (kind := getattr(cls, "told_as", None)) is not None:
        key = value.get("id") if isinstance(value, Mapping) else None
        note(kind, key if isinstance(key, str) else "", f"not usable: {why}", value)


class Unusable(ValueError):
    """A value that its annotation does not accept; it never leaves `structured`."""


def json_key(name: str) -> dict[str, str]:
    """Return the `metadata` of an attrs field with another JSON key: `attrs.field(metadata=json_key("@id"))`."""
    return {_KEY: name}


def lenient_converter() -> Converter:
    """Make a converter with the rules above; a provider keeps one and may register its own hooks for other types."""
    converter = Converter(detailed_validation=False)
    converter.register_structure_hook(int, _int)
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(str, _exactly(str))
    converter.register_structure_hook(bool, _exactly(bool))
    converter.register_structure_hook_factory(_is_optional, lambda cls: _optional(converter, cls))
    converter.register_structure_hook_factory(_is_list, lambda cls: _list(converter, cls))
    converter.register_structure_hook_factory(_is_mapping, lambda cls: _mapping(converter, cls))
    converter.register_structure_hook_factory(attrs.has, lambda cls: _object(converter, cls))
    return converter


def structured(converter: Converter, provider: ProviderName, value: Any, cls: type[T]) -> T:
    """Structure a body, or a part of one.

    Raises:
        BadPayload: an essential field cannot be read.
    """
    try:
        return converter.structure(value, cls)
    except Unusable as unusable:
        raise BadPayload(provider, f"not usable as {cls.__name__}: {unusable}", sample(value)) from None


def read_or_none(converter: Converter, value: Any, cls: type[T]) -> T | None:
    """Structure a part of a body, None if it is null or an essential field cannot be read."""
    try:
        return None if value is None else converter.structure(value, cls)
    except Unusable:
        return None


def read_all(converter: Converter, values: Any, cls: type[T]) -> tuple[T, ...]:
    """Structure the usable items of a list in order, none if it is not a list."""
    if not isinstance(values, list | tuple):
        return ()
    return converter.structure(values, tuple[cls, ...])  # type: ignore[valid-type]  # mypy knows no computed types


def _reader(converter: Converter, cls: Any) -> Hook:
    """Return what structures a type, looked up when it is first needed: hooks may be registered later, types recur.

    Looking it up for each value was two thirds of what reading a track costs.
    """
    found: list[Hook] = []

    def read(value: Any, kind: Any) -> Any:
        if not found:
            found.append(converter.get_structure_hook(cls))
        return found[0](value, kind)

    return read


def _int(value: Any, _: Any) -> int:
    number = value
    if isinstance(value, str):
        try:
            number = int(value)
        except ValueError:
            number = _float(value, float)
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if type(number) is not int or not -_INT64 <= number < _INT64:
        raise Unusable("no integer")
    return number


def _float(value: Any, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unusable("no number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise Unusable("no number") from None
    if not math.isfinite(number):
        raise Unusable("no finite number")
    return number


def _exactly(kind: type) -> Hook:
    def structure(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise Unusable(f"no {kind.__name__}")
        return value

    return structure


def _is_optional(cls: Any) -> bool:
    return get_origin(cls) in {Union, UnionType} and NoneType in get_args(cls) and len(get_args(cls)) == 2  # noqa: PLR2004  # X and None


def _is_list(cls: Any) -> bool:
    return get_origin(cls) is list or (get_origin(cls) is tuple and get_args(cls)[1:] == (...,))


def _is_mapping(cls: Any) -> bool:
    return get_origin(cls) is dict


def _optional(converter: Converter, cls: Any) -> Hook:
    inner = next(arg for arg in get_args(cls) if arg is not NoneType)
    read = _reader(converter, inner)

    def structure(value: Any, _: Any) -> Any:
        try:
            return None if value is None else read(value, inner)
        except Unusable as why:
            _note_unusable(inner, value, why)
            return None

    return structure


def _taken_as_is(cls: Any) -> Any:
    """Return the type of which values are what this annotation reads them as, None if they have to be read."""
    inner = next(arg for arg in get_args(cls) if arg is not NoneType) if _is_optional(cls) else cls
    return inner if inner in {str, int, bool} else None


def _list(converter: Converter, cls: Any) -> Hook:
    inner, kind = get_args(cls)[0], get_origin(cls)
    read = _reader(converter, inner)

    def structure(values: Any, _: Any) -> Any:
        if not isinstance(values, list | tuple):
            raise Unusable("no list")
        kept = []
        for value in values:
            try:
                if value is not None:
                    kept.append(read(value, inner))
            except Unusable as why:
                _note_unusable(inner, value, why)
        return kind(kept)

    return structure


def _mapping(converter: Converter, cls: Any) -> Hook:
    inner = get_args(cls)[1]
    read = _reader(converter, inner)

    def structure(values: Any, _: Any) -> Any:
        if not isinstance(values, Mapping):
            raise Unusable("no object")
        kept = {}
        for key, value in values.items():
            try:
                kept[key] = read(value, inner)
            except Unusable:
                continue
        return kept

    return structure


def _object(converter: Converter, cls: type) -> Hook:
    fields = [
        (
            field.metadata.get(_KEY, field.name),
            field.alias,
            field.type,
            field.default is attrs.NOTHING,
            _reader(converter, field.type),
            _taken_as_is(field.type),
        )
        for field in attrs.fields(attrs.resolve_types(cls))
    ]

    def structure(value: Any, _: Any) -> Any:
        if type(value) is not dict and not isinstance(value, Mapping):
            raise Unusable("no object")
        found = {}
        for key, argument, kind, essential, read, plain in fields:
            part = value.get(key)
            if part is None:
                if essential:
                    raise Unusable(f"without {key}")
                continue
            if type(part) is plain and (plain is not int or -_INT64 <= part < _INT64):
                found[argument] = part
                continue
            try:
                found[argument] = read(part, kind)
            except Unusable as why:
                _note_unusable(kind, part, why)
                if isinstance(part, Mapping) and UNSTORABLE in part:
                    note("text", f"{value.get('id')} {key}", UNSTORABLE, part)
                if essential:
                    raise Unusable(f"without a usable {key}") from None
        return cls(**found)

    return structure
