"""Turns plain tables into frozen classes: strict about types, but accepting text for numbers and lists.

The environment has only text, so numbers, switches and comma-separated lists may be text. Everything else must have the
type of the class, and unknown keys are faults.
"""

import re
import reprlib
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import attrs
import cattrs

from thesetd.domain.addresses import check_web
from thesetd.domain.gate.windows import Window, parse_window
from thesetd.domain.work.jobs import Lane

T = TypeVar("T", bound=attrs.AttrsInstance)
V = TypeVar("V")


def part(value: Any, cls: type[T], path: str, faults: list[str]) -> T | None:
    """Make one section of the configuration; add its faults, with their paths, and return None if there are any."""
    if not isinstance(value, dict):
        faults.append(f"{path}: must be a table of keys")
        return None
    known = {field.name for field in attrs.fields(cls)}
    faults.extend(f"{path}.{name}: no such key" for name in sorted(value.keys() - known))
    if hidden := [name for name in secrets_of(cls) if not isinstance(value.get(name, ""), str)]:
        faults.extend(f"{path}.{name}: must be text: write it between quotes" for name in hidden)
        return None
    try:
        with attrs.validators.disabled():
            made = _CONVERTER.structure(value, cls)
    except cattrs.ClassValidationError as error:
        faults.extend(_explain(error, path))
        faults.extend(_faults_of_others(value, cls, path, error))
        return None
    found = _validate(made, path)
    faults.extend(found)
    return None if found else made


def secrets_of(cls: type[Any]) -> tuple[str, ...]:
    """Return the keys whose values must never be shown, whatever they are: those excluded from the repr."""
    return tuple(field.name for field in attrs.fields(cls) if field.repr is False)


def _faults_of_others(value: dict[str, Any], cls: type[T], path: str, error: cattrs.ClassValidationError) -> list[str]:
    """Return the faults of the keys whose values have the right type, beside those that an error names."""
    wrong = {note.name for leaf in error.exceptions for note in _notes(leaf)}
    known = {field.name for field in attrs.fields(cls)}
    rest = {name: one for name, one in value.items() if name in known - wrong}
    try:
        with attrs.validators.disabled():
            made = _CONVERTER.structure(rest, cls)
    except cattrs.ClassValidationError:
        return []  # a key without a default is among the wrong ones
    return _validate(made, path, rest)


def _validate(made: Any, path: str, names: Container[str] | None = None) -> list[str]:
    """Run every field's validator, or those of some; attrs itself would stop at the first failure and not name it."""
    found = []
    for field in attrs.fields(type(made)):
        try:
            if field.validator is not None and (names is None or field.name in names):
                field.validator(made, field, getattr(made, field.name))
        except ValueError as error:
            found.append(f"{path}.{field.name}: {error.args[0]}")
    return found


def _explain(error: Exception, path: str) -> list[str]:
    if isinstance(error, cattrs.BaseValidationError):
        found: list[str] = []
        for leaf in error.exceptions:
            notes = _notes(leaf)
            found.extend(_explain(leaf, f"{path}.{notes[0].name}" if notes else path))
        return found
    return [f"{path}: {error}"]


def _notes(leaf: BaseException) -> list[Any]:
    """Return the notes of cattrs that name a key."""
    return [note for note in getattr(leaf, "__notes__", []) if hasattr(note, "name")]


def said(value: object) -> str:
    """Return an invalid value in a short form on one line, whatever it is."""
    return _SHORT.repr(value)


def between(least: float, most: float) -> Callable[[Any, Any, float], None]:
    """Return a validator of numbers from one to another."""

    def check(_: Any, __: Any, value: float) -> None:
        if not least <= value <= most:
            shown = said(value) if isinstance(value, int) else f"{value:.15g}"
            raise ValueError(f"{shown} is not between {least:.15g} and {most:.15g}")

    return check


def web_address(example: str, *, optional: bool = False) -> Callable[[Any, Any, str | None], None]:
    """Return a validator of http and https addresses."""

    def check(_: Any, __: Any, value: str | None) -> None:
        if not value and optional:
            return
        if not value or not re.match(r"https?://[^\s/]", value) or not value.isascii():
            raise ValueError(f"expected an http or https address, for example {example}")
        check_web(value)

    return check


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_structure_hook(str, _strict(str))
    converter.register_structure_hook(int, _number(int))
    converter.register_structure_hook(float, _number(float))
    converter.register_structure_hook(bool, _boolean)
    converter.register_structure_hook(Path, lambda value, _: Path(_strict(str)(value, str)).expanduser())
    converter.register_structure_hook(Lane, _lane)
    converter.register_structure_hook(
        Window, lambda value, _: parse_window(value if isinstance(value, str) else said(value))
    )
    converter.register_structure_hook_func(_is_literal, _literal)
    converter.register_structure_hook_func(lambda t: getattr(t, "__origin__", None) is tuple, _tuple_hook(converter))
    return converter


def _strict(kind: type[V]) -> Callable[[Any, type], V]:
    def structure(value: Any, _: type) -> V:
        if not isinstance(value, kind):
            raise ValueError(f"expected {'text' if kind is str else kind.__name__}, not {said(value)}")
        return value

    return structure


def _number(kind: type[int] | type[float]) -> Callable[[Any, type], Any]:
    def structure(value: Any, _: type) -> int | float:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f"expected a number, not {said(value)}")
        if kind is int and isinstance(value, float):
            raise ValueError(f"expected an integer, not {said(value)}")
        try:
            return kind(value)
        except (ValueError, OverflowError):
            raise ValueError(f"expected a number, not {said(value)}") from None

    return structure


def _boolean(value: Any, _: type) -> bool:
    if isinstance(value, bool):
        return value
    text = value.lower() if isinstance(value, str) else said(value)
    if text in {"true", "yes", "on", "1"}:
        return True
    if text in {"false", "no", "off", "0"}:
        return False
    raise ValueError(f"{said(value)} is neither true nor false")


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _literal(value: Any, kind: Any) -> Any:
    if value not in get_args(kind):
        raise ValueError(f"invalid value {said(value)}: expected {', '.join(get_args(kind))}")
    return value


def _lane(value: Any, _: type) -> Lane:
    lanes = {lane.label: lane for lane in Lane}
    if not isinstance(value, str) or value not in lanes:
        raise ValueError(f"unknown lane {said(value)}: expected one of {', '.join(lanes)}")
    return lanes[value]


def _tuple_hook(converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    def structure(value: Any, kind: Any) -> tuple[Any, ...]:
        parts = [p.strip() for p in value.split(",") if p.strip()] if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            raise ValueError(f"expected a list, not {said(value)}")
        return tuple(converter.structure(part, kind.__args__[0]) for part in parts)

    return structure


_CONVERTER = _converter()
