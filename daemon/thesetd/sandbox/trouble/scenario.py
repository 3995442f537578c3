"""Reads a scenario: a TOML file (or the same as JSON) that lists what goes wrong at the providers, and when.

[[at]]
after_s = 30                # or after_calls = 100, of this provider, or of `endpoint` if that is given
provider = "spotify"
shape = "502"               # one of: shape, status, mode, limits, ban, tokens
for_s = 60

shape, status   the next answers fail: `count` of them or for `for_s` seconds, at `endpoint` or anywhere;
                `retry_after` replaces the shape's own, `delay_s` is for the shape "slow"
mode            "development" or "extended", for good or for `for_s` seconds
limits          ["50/30s", "1000/1d"], or [] for none, for good or for `for_s` seconds
ban             this many seconds of 429; a call meanwhile multiplies what is left by `factor` (2), one within
                `relapse_s` after the end earns the same again; `answer` names the shape of the 429, `retry_after`
                replaces the seconds that are left, "" sends none
tokens          "expire": 401 until the client fetches another
"""

import math
import tomllib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from thesetd.domain.gate.windows import parse_window
from thesetd.domain.ids import ProviderName
from thesetd.sandbox.trouble.bans import Sentence
from thesetd.sandbox.trouble.behaviour import Behaviour
from thesetd.sandbox.trouble.faults import Fault, shapes_of
from thesetd.sandbox.trouble.stage import ChangeLimits, Deed, ExpireTokens, ScenarioStep, SwitchMode

BAN_ANSWER = "429-quota"  # if there is such a shape
UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE  # the shape used if there is no 429

_COMMON = frozenset({"after_s", "after_calls", "provider", "endpoint"})
_FAULT = frozenset({"count", "for_s", "retry_after", "delay_s"})
_DEEDS: Mapping[str, frozenset[str]] = {
    "shape": _FAULT,
    "status": _FAULT,
    "mode": frozenset({"for_s"}),
    "limits": frozenset({"for_s"}),
    "ban": frozenset({"factor", "relapse_s", "answer", "retry_after"}),
    "tokens": frozenset(),
}
_KEYS = _COMMON.union(_DEEDS, *_DEEDS.values())


class BadScenario(ValueError):
    """A scenario that cannot be played; `faults` has a line for each reason, with its path."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def read_file(path: Path, behaviours: Mapping[ProviderName, Behaviour]) -> tuple[ScenarioStep, ...]:
    """Read a scenario file.

    Raises:
        BadScenario: it cannot be read, is not TOML, or asks for the impossible; each line begins with the file's name.
    """
    try:
        return read_text(path.read_text(encoding="utf-8"), behaviours)
    except OSError as error:
        raise BadScenario([f"{path}: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise BadScenario([f"{path}: not UTF-8 at byte {error.start}"]) from None
    except BadScenario as error:
        raise BadScenario([f"{path}: {fault}" for fault in error.faults]) from None


def read_text(text: str, behaviours: Mapping[ProviderName, Behaviour]) -> tuple[ScenarioStep, ...]:
    """Read a scenario in TOML.

    Raises:
        BadScenario: see `read_file`.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadScenario([f"no TOML: {error}"]) from None
    return read_table(table, behaviours)


def read_table(table: Any, behaviours: Mapping[ProviderName, Behaviour]) -> tuple[ScenarioStep, ...]:
    """Read a scenario that is already parsed. The first step is `at[1]`.

    Raises:
        BadScenario: see `read_file`.
    """
    if not isinstance(table, dict) or not isinstance(table.get("at", []), list):
        raise BadScenario(["at: a scenario is a list of [[at]] tables"])
    faults = [f"{key}: no such key; a scenario has [[at]] tables" for key in table.keys() - {"at"}]
    steps = []
    for number, entry in enumerate(table.get("at", []), 1):
        reader = _StepReader(entry, behaviours)
        steps.append(reader.read())
        faults.extend(f"at[{number}]{fault}" for fault in reader.faults)
    if faults:
        raise BadScenario(faults)
    return tuple(step for step in steps if step is not None)


class _StepReader:
    """Reads one [[at]] table and notes everything that is wrong with it."""

    def __init__(self, entry: Any, behaviours: Mapping[ProviderName, Behaviour]) -> None:
        self.faults: list[str] = []
        self._entry: dict[str, Any] = entry if isinstance(entry, dict) else {}
        self._behaviours = behaviours

    def read(self) -> ScenarioStep | None:
        """Return the step, or None with the reasons in `faults`."""
        self._check_keys()
        provider = self._provider()
        after_s, after_calls = self._number("after_s", least=0.0), self._whole("after_calls", least=0)
        if provider is None:
            return None
        deed = self._deed(provider)
        endpoint = self._endpoint(provider)
        if self.faults or deed is None:
            return None
        return ScenarioStep(provider=provider, deed=deed, after_s=after_s, after_calls=after_calls, endpoint=endpoint)

    def _check_keys(self) -> None:
        for key in self._entry.keys() - _KEYS:
            self._fault(key, f"no such key; expected one of {', '.join(sorted(_KEYS))}")
        if len(self._entry.keys() & {"after_s", "after_calls"}) != 1:
            self._fault("", "says when by exactly one of after_s and after_calls")
        deeds = self._entry.keys() & _DEEDS.keys()
        if len(deeds) != 1:
            self._fault("", f"says what by exactly one of {', '.join(_DEEDS)}")
        for deed in deeds if len(deeds) == 1 else ():
            for key in self._entry.keys() & (_KEYS - _COMMON - _DEEDS[deed] - {deed}):
                self._fault(key, f"has no meaning beside {deed}")

    def _provider(self) -> ProviderName | None:
        name = self._entry.get("provider")
        if not isinstance(name, str) or name not in self._behaviours:
            self._fault("provider", f"unknown provider {name!r}: expected one of {', '.join(self._behaviours)}")
            return None
        return ProviderName(name)

    def _endpoint(self, provider: ProviderName) -> str | None:
        endpoint = self._text("endpoint", among=sorted(self._behaviours[provider].endpoints))
        if endpoint is not None and not self._entry.keys() & {"after_calls", "shape", "status"}:
            self._fault("endpoint", "has a meaning only beside after_calls, shape or status")
        return endpoint

    def _deed(self, provider: ProviderName) -> Deed | None:
        readers: Mapping[str, Callable[[ProviderName], Deed]] = {
            "shape": self._failure,
            "status": self._failure,
            "mode": self._switch,
            "limits": self._limits,
            "ban": self._ban,
            "tokens": self._tokens,
        }
        return next((read(provider) for name, read in readers.items() if name in self._entry), None)

    def _failure(self, provider: ProviderName) -> Deed:
        status = self._whole("status", least=HTTPStatus.OK, most=599)
        return Fault(
            provider=provider,
            shape=self._text("shape", among=shapes_of(self._behaviours[provider].shapes)) or "",
            endpoint=self._text("endpoint"),
            count=self._whole("count", least=1),
            for_s=self._number("for_s"),
            retry_after=self._hint(),
            **_given(status=status, delay_s=self._number("delay_s")),
        )

    def _switch(self, provider: ProviderName) -> Deed:
        modes = self._behaviours[provider].modes
        if not modes:
            self._fault("mode", f"{provider} has no modes")
        return SwitchMode(mode=self._text("mode", among=modes) or "", for_s=self._number("for_s"))

    def _limits(self, _: ProviderName) -> Deed:
        limits = self._entry["limits"]
        windows = []
        try:
            if not isinstance(limits, list):
                raise ValueError(f"expected a list of limits, not {limits!r}")
            windows = [parse_window(str(text)) for text in limits]
        except ValueError as error:
            self._fault("limits", str(error))
        return ChangeLimits(windows=tuple(windows), for_s=self._number("for_s"))

    def _ban(self, provider: ProviderName) -> Deed:
        shapes = self._behaviours[provider].shapes
        statuses = {shape.status for shape in shapes.values()}
        wanted = HTTPStatus.TOO_MANY_REQUESTS if HTTPStatus.TOO_MANY_REQUESTS in statuses else UNAVAILABLE
        answers = [name for name, shape in shapes.items() if shape.status == wanted]
        return Sentence(
            seconds=self._number("ban") or 0.0,
            answer=self._text("answer", among=answers) or next(iter(sorted(answers, key=BAN_ANSWER.__ne__)), ""),
            retry_after=self._hint(),
            **_given(factor=self._number("factor", least=1.0), relapse_s=self._number("relapse_s", least=0.0)),
        )

    def _tokens(self, provider: ProviderName) -> Deed:
        if self._behaviours[provider].expire_tokens is None:
            self._fault("tokens", f"{provider} has no tokens")
        self._text("tokens", among=("expire",))
        return ExpireTokens()

    def _fault(self, key: str, reason: str) -> None:
        self.faults.append(f".{key}: {reason}" if key else f": {reason}")

    def _text(self, key: str, among: Any = None) -> str | None:
        value = self._entry.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self._fault(key, f"expected text, not {value!r}")
        elif among and value not in among:
            self._fault(key, f"invalid value {value!r}: expected one of {', '.join(among)}")
        return str(value)

    def _hint(self) -> str | None:
        value = self._entry.get("retry_after")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return str(value) if is_number else self._text("retry_after")

    def _number(self, key: str, least: float | None = None) -> float | None:
        """Read seconds or a factor; without a `least` it has to be above zero."""
        value = self._entry.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self._fault(key, f"expected a number, not {value!r}")
            return None
        if value <= 0 if least is None else value < least:
            self._fault(key, f"{value!r} is not {'above 0' if least is None else f'{least:g} or more'}")
        return float(value)

    def _whole(self, key: str, *, least: int, most: int | None = None) -> int | None:
        value = self._entry.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self._fault(key, f"expected an integer, not {value!r}")
            return None
        if value < least or (most is not None and value > most):
            self._fault(key, f"{value} is not {least} or more" if most is None else f"{value} is not {least} to {most}")
        return value


def _given(**values: float | None) -> dict[str, Any]:
    """Return only the given values, so that the class's defaults apply to the others."""
    return {name: value for name, value in values.items() if value is not None}
