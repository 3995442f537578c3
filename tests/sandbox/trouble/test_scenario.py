"""Reading scenarios."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, ProviderName
from thesetd.sandbox.trouble.bans import Sentence
from thesetd.sandbox.trouble.behaviour import Behaviour
from thesetd.sandbox.trouble.faults import Fault
from thesetd.sandbox.trouble.limits import Meter
from thesetd.sandbox.trouble.scenario import BadScenario, read_file, read_table, read_text
from thesetd.sandbox.trouble.stage import ChangeLimits, ExpireTokens, ScenarioStep, SwitchMode
from thesetd.sandbox.twins.setlistfm.shapes import SHAPES as SETLISTFM_SHAPES
from thesetd.sandbox.twins.spotify.shapes import SHAPES as SPOTIFY_SHAPES
from thesetd.sandbox.twins.ticketmaster.shapes import SHAPES as TICKETMASTER_SHAPES

BEHAVIOURS: Mapping[ProviderName, Behaviour] = {
    SPOTIFY: Behaviour(
        meter=Meter(()),
        shapes=SPOTIFY_SHAPES,
        modes=("extended", "development"),
        mode="extended",
        expire_tokens=lambda: None,
        endpoints={"album", "search"},
    ),
    TICKETMASTER: Behaviour(meter=Meter(()), shapes=TICKETMASTER_SHAPES),
    SETLISTFM: Behaviour(meter=Meter(()), shapes=SETLISTFM_SHAPES),
}
WHOLE = """
[[at]]
after_s = 30
provider = "spotify"
shape = "502"
for_s = 60

[[at]]
after_calls = 100
endpoint = "album"
provider = "spotify"
mode = "development"

[[at]]
after_s = 0
provider = "setlistfm"
limits = ["1/2s", "100/1d"]
for_s = 3600

[[at]]
after_calls = 0
provider = "ticketmaster"
limits = []

[[at]]
after_s = 1.5
provider = "spotify"
ban = 60
factor = 3
relapse_s = 1800
answer = "429-text"
retry_after = 0

[[at]]
after_s = 1
provider = "spotify"
tokens = "expire"

[[at]]
after_s = 1
provider = "ticketmaster"
status = 418
count = 3
"""


def test_every_deed_is_read() -> None:
    """Each table becomes a step with what it says, and the defaults where it says nothing."""
    assert read_text(WHOLE, BEHAVIOURS) == (
        ScenarioStep(provider=SPOTIFY, after_s=30.0, deed=Fault(provider=SPOTIFY, shape="502", for_s=60.0)),
        ScenarioStep(provider=SPOTIFY, after_calls=100, endpoint="album", deed=SwitchMode(mode="development")),
        ScenarioStep(
            provider=SETLISTFM, after_s=0.0, deed=ChangeLimits(windows=(Window(1, 2), Window(100, 86400)), for_s=3600)
        ),
        ScenarioStep(provider=TICKETMASTER, after_calls=0, deed=ChangeLimits(windows=())),
        ScenarioStep(
            provider=SPOTIFY,
            after_s=1.5,
            deed=Sentence(seconds=60, factor=3, relapse_s=1800, answer="429-text", retry_after="0"),
        ),
        ScenarioStep(provider=SPOTIFY, after_s=1.0, deed=ExpireTokens()),
        ScenarioStep(provider=TICKETMASTER, after_s=1.0, deed=Fault(provider=TICKETMASTER, status=418, count=3)),
    )
    assert read_text("", BEHAVIOURS) == ()


GOOD: dict[str, Any] = {"after_s": 1, "provider": "spotify", "shape": "502"}


def without(key: str, **more: Any) -> dict[str, Any]:
    """Return the good step without a key and with others."""
    return {name: value for name, value in GOOD.items() if name != key} | more


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (
            without("provider", provider="deezer"),
            ".provider: unknown provider 'deezer': expected one of spotify, ticketm",
        ),
        (without("provider"), ".provider: unknown provider None"),
        (without("provider", provider=["x"]), ".provider: unknown provider ['x']"),
        (without("shape", shape="teapot"), ".shape: invalid value 'teapot': expected one of 429, 429-quota"),
        (without("shape", shape=5), ".shape: expected text, not 5"),
        (without("shape"), ": says what by exactly one of shape, status, mode, limits, ban, tokens"),
        (without("", mode="extended"), ": says what by exactly one of"),
        (without("after_s"), ": says when by exactly one of after_s and after_calls"),
        (without("", after_calls=1), ": says when by exactly one of"),
        (without("after_s", after_s=-1), ".after_s: -1 is not 0 or more"),
        (without("after_s", after_s="soon"), ".after_s: expected a number, not 'soon'"),
        (without("after_s", after_s=float("nan")), ".after_s: expected a number, not nan"),
        (without("after_s", after_calls=-5), ".after_calls: -5 is not 0 or more"),
        (without("after_s", after_calls=1.5), ".after_calls: expected an integer, not 1.5"),
        (without("after_s", after_calls=True), ".after_calls: expected an integer, not True"),
        (without("", count=0), ".count: 0 is not 1 or more"),
        (without("", for_s=0), ".for_s: 0 is not above 0"),
        (without("", delay_s=-3), ".delay_s: -3 is not above 0"),
        (without("", endpoint="albumz"), ".endpoint: invalid value 'albumz': expected one of album, search"),
        (without("", sometimes=True), ".sometimes: no such key; expected one of after_calls, after_s"),
        (without("", factor=2), ".factor: has no meaning beside shape"),
        (without("", retry_after=[]), ".retry_after: expected text, not []"),
        (without("shape", status=42), ".status: 42 is not 200 to 599"),
        (without("shape", mode="premium"), ".mode: invalid value 'premium': expected one of extended, development"),
        (without("shape", mode="extended", provider="setlistfm"), ".mode: setlistfm has no modes"),
        (without("shape", mode="extended", endpoint="album"), ".endpoint: has a meaning only beside after_calls"),
        (without("shape", limits=["many"]), ".limits: invalid limit 'many': expected count/period"),
        (without("shape", limits=["0/1s"]), ".limits: '0/1s' allows nothing"),
        (without("shape", limits="5/1s"), ".limits: expected a list of limits, not '5/1s'"),
        (without("shape", ban=-60), ".ban: -60 is not above 0"),
        (without("shape", ban=60, factor=0.5), ".factor: 0.5 is not 1 or more"),
        (without("shape", ban=60, answer="502"), ".answer: invalid value '502': expected one of 429, 429-quota"),
        (without("shape", tokens="refresh"), ".tokens: invalid value 'refresh': expected one of expire"),
        (without("shape", tokens="expire", provider="setlistfm"), ".tokens: setlistfm has no tokens"),
        ("spotify", ": says when by exactly one of"),
    ],
)
def test_what_cannot_be_played_is_named_with_its_path(entry: Any, line: str) -> None:
    """Each mistake is one line that begins with the step's place and the key."""
    with pytest.raises(BadScenario) as caught:
        read_table({"at": [GOOD, entry]}, BEHAVIOURS)
    assert any(fault.startswith(f"at[2]{line}") for fault in caught.value.faults), caught.value.faults
    assert all("\n" not in fault for fault in caught.value.faults)


def test_all_mistakes_are_told_at_once() -> None:
    """Every wrong key of every step has its line."""
    table = {"at": [without("shape", shape="teapot", count=-1), without("after_s", after_s=-1)], "seed": 1}
    with pytest.raises(BadScenario) as caught:
        read_table(table, BEHAVIOURS)
    assert [fault.split(":")[0] for fault in caught.value.faults] == [
        "seed",
        "at[1].shape",
        "at[1].count",
        "at[2].after_s",
    ]


@pytest.mark.parametrize("table", [[], {"at": 1}, {"at": {"after_s": 1}}])
def test_another_kind_of_document_is_refused(table: Any) -> None:
    """A scenario is a table with a list of tables."""
    with pytest.raises(BadScenario, match="list of"):
        read_table(table, BEHAVIOURS)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory"),
        (b"[[at", "no TOML: "),
        (b"\xff", "not UTF-8 at byte 0"),
        (b"[[at]]\nafter_s = 1", "at[1].provider: unknown provider None"),
    ],
)
def test_a_file_that_cannot_be_played_is_named(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """Every line begins with the file's name."""
    path = tmp_path / "storm.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadScenario) as caught:
        read_file(path, BEHAVIOURS)
    assert all(fault.startswith(f"{path}: ") for fault in caught.value.faults)
    assert any(fault.startswith(f"{path}: {reason}") for fault in caught.value.faults)


KEYS = st.sampled_from([
    "after_s", "after_calls", "provider", "endpoint", "shape", "status", "mode", "limits", "ban", "tokens", "count",
    "for_s", "retry_after", "delay_s", "factor", "relapse_s", "answer", "x",
])  # fmt: skip
VALUES = (
    st.none() | st.booleans() | st.integers(-5, 700) | st.floats() | st.lists(st.text(max_size=4), max_size=2)
    | st.sampled_from(["spotify", "setlistfm", "502", "429", "expire", "development", "album", "", "5/1s"])
)  # fmt: skip


@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=6) | VALUES, max_size=3))
def test_nonsense_is_read_or_refused(entries: list[Any]) -> None:
    """Any values give steps or lines that say why not, never another error."""
    try:
        steps = read_table({"at": entries}, BEHAVIOURS)
    except BadScenario as error:
        faults = error.faults
    else:
        faults = ()
        assert len(steps) == len(entries)
    assert all(fault.startswith("at[") for fault in faults)


async def test_the_endpoints_are_those_that_are_served(open_sandbox: Callable[..., Any]) -> None:
    """An endpoint's name is checked against what the sandbox really serves."""
    behaviours = open_sandbox().controls.behaviours
    assert {"album", "token", "artist-albums"} <= behaviours[SPOTIFY].endpoints
    assert {"events", "event", "venues"} <= behaviours[TICKETMASTER].endpoints
    assert {"setlist", "search-artists"} <= behaviours[SETLISTFM].endpoints


def test_the_documented_example_can_be_played() -> None:
    """The scenario in config/operating.md is one, and does what the text says."""
    text = (Path(__file__).parents[3] / "config/operating.md").read_text()
    example = text.split("## Rehearsing failures")[1].split("`thesetd sandbox --scenario")[0].split(":\n", 1)[1]
    down, ban = read_text(example.replace("\n    ", "\n"), BEHAVIOURS)
    assert (down.provider, down.after_s, down.deed.for_s) == (TICKETMASTER, 0.0, 60.0)
    assert (ban.provider, ban.after_calls, ban.deed.seconds) == (SPOTIFY, 3, 30.0)
