"""One fact of each kind, with values that can be told apart."""

from typing import Any, get_args, get_origin, get_type_hints

import attrs

from thesetd.domain.facts import Fact

KINDS: tuple[type[Any], ...] = get_args(Fact)
_VALUES = {bool: True, int: 3, float: 1.5, str: "word", dict[str, int]: {"artists": 2}}


def sample(kind: type[Any]) -> Any:
    """Make a fact of a kind."""
    hints = get_type_hints(kind)
    return kind(**{field.name: _value(hints[field.name]) for field in attrs.fields(kind)})


def _value(hint: Any) -> Any:
    plain = getattr(hint, "__supertype__", hint)  # a NewType
    if get_origin(plain) is tuple:
        return (_value(get_args(plain)[0]),)
    return _VALUES[plain] if plain in _VALUES else _value(get_args(plain)[0])
