"""One behavioural suite over every provider folder.

A provider's row is `provider_cases/<name>.py`, a module with

- `SETTINGS`: values for the settings that credentials and a first call need; their secrets must occur in no request;
- `calls(client)`: one call of every kind that the client can build, by a name of its own;
- `RECORDED`: for a call's name, patterns of the recorded bodies under the corpus that it has to read.
"""

import contextlib
import importlib.util
import inspect
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import thesetd.adapters.providers as providers_package
from patience import LONGEST_S
from thesetd.adapters.http import HttpSession
from thesetd.adapters.providers.spec import ProviderSpec
from thesetd.domain.errors import NotConfigured, ProviderError, RateLimited, Unauthorized, Unavailable
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.domain.identity.spaces import the_space
from thesetd.ports.providers import Adaptive, Artists, Catalog, Identities, Role, Setlists, Shows, Windows

RECEIVED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROTOCOLS: Mapping[Role, type] = {
    Role.CATALOG: Catalog,
    Role.SHOWS: Shows,
    Role.SETLISTS: Setlists,
    Role.IDENTITY: Identities,
}
MAX_MUTATED_BYTES = 200_000


@attrs.frozen(kw_only=True)
class Provider:
    """One provider folder and its row of this suite."""

    name: str
    spec: ProviderSpec[Any]
    case: ModuleType

    @property
    def client(self) -> Any:
        """Return a client with the row's settings."""
        return self.spec.client(self.spec.settings(**self.case.SETTINGS))

    @property
    def calls(self) -> Mapping[str, Call[Any]]:
        """Return one call of every kind."""
        calls: Mapping[str, Call[Any]] = self.case.calls(self.client)
        return calls


class FixedClock:
    """A wall clock that stands still."""

    def now(self) -> datetime:
        """Return the moment of receipt."""
        return RECEIVED_AT


class Watched:
    """A client, and the names of its methods that were used."""

    def __init__(self, client: Any) -> None:
        self.client, self.used = client, set[str]()

    def __getattr__(self, name: str) -> Any:
        self.used.add(name)
        return getattr(self.client, name)


def methods(client: Any) -> set[str]:
    """Name the methods that build calls; a probe builds one that another method builds, too."""
    public = inspect.getmembers(type(client), inspect.isfunction)
    building = {name for name, method in public if "Call[" in str(inspect.signature(method).return_annotation)}
    return {name for name in building if not name.startswith("_")} - set(dir(Adaptive))


def _load(file: Path) -> Provider:
    module_spec = importlib.util.spec_from_file_location(f"provider_case_{file.stem}", file)
    assert module_spec is not None
    assert module_spec.loader is not None
    case = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(case)
    folder = importlib.import_module(f"{providers_package.__name__}.{file.stem}")
    return Provider(name=file.stem, spec=folder.PROVIDER, case=case)


PROVIDERS = {file.stem: _load(file) for file in sorted((Path(__file__).parent / "provider_cases").glob("*.py"))}
every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())
every_call = pytest.mark.parametrize(
    ("provider", "name"), [pytest.param(p, name, id=f"{p.name}-{name}") for p in PROVIDERS.values() for name in p.calls]
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


def answer(status: int = 200, json: Any = None, text: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """Return a response."""
    return Response(status=status, json=json, text=text, headers=headers or {}, received_at=RECEIVED_AT)


def survive(call: Call[Any], response: Response) -> None:
    """Read a response; a ProviderError is an answer, any other exception fails the test."""
    with contextlib.suppress(ProviderError):
        call.parse(response)


def test_every_folder_has_a_row():
    """A provider folder without a row in this suite would go untested."""
    folders = {path.parent.name for path in Path(providers_package.__path__[0]).glob("*/__init__.py")}
    assert folders == PROVIDERS.keys()


@every_provider
def test_every_method_has_a_call(provider: Provider):
    """A method without a call in the row would go untested, and its endpoint unseen by the next test."""
    watched = Watched(provider.client)
    provider.case.calls(watched)
    assert "search_artists" in methods(watched.client)
    assert methods(watched.client) - watched.used == set()


@every_provider
def test_every_method_has_a_caller(provider: Provider):
    """Jobs reach a client through its ports; what no port names is called by the client itself, or is dead."""
    asked = set().union(*(vars(port) for port in (Artists, Adaptive, Windows, *PROTOCOLS.values())))
    called = set(re.findall(r"\.(\w+)\(", inspect.getsource(inspect.getmodule(type(provider.client)))))
    assert methods(provider.client) - asked - called == set()


@every_provider
def test_every_endpoint_has_a_cache_policy(provider: Provider):
    """An endpoint without a row would silently never be cached; a row without a call is dead."""
    rows = [endpoint.name for endpoint in provider.spec.endpoints]
    assert {call.request.endpoint for call in provider.calls.values()} == set(rows)
    assert len(set(rows)) == len(rows)
    for endpoint in provider.spec.endpoints:
        assert (endpoint.provider, endpoint.space) == (provider.name, provider.client.space)
        assert endpoint.fresh_s >= 0
        assert endpoint.source


@every_provider
def test_spec(provider: Provider):
    """Folder, spec and client have one name; secrets and environment name real settings; limits allow something."""
    fields = attrs.fields_dict(provider.spec.settings)
    assert provider.name == provider.spec.name == provider.client.provider
    assert set(provider.spec.secrets) <= fields.keys()
    assert set(provider.spec.environment.values()) <= fields.keys()
    defaults = provider.spec.settings()
    assert defaults.limits
    assert all(window.count > 0 and window.seconds > 0 for window in defaults.limits)
    assert defaults.base_url.startswith("https://")
    assert defaults.concurrency > 0


@every_provider
def test_roles(provider: Provider):
    """A provider brings something, its client can do all that its roles ask, and it names artists in a known space."""
    assert provider.spec.brings
    assert all(isinstance(provider.client, PROTOCOLS[role]) for role in provider.spec.brings)
    assert provider.name in the_space(provider.client.space).providers


@every_provider
def test_secrets_are_in_no_repr(provider: Provider):
    """Neither settings nor client show a secret."""
    for secret in provider.spec.secrets:
        value = provider.case.SETTINGS[secret]
        assert value not in repr(provider.spec.settings(**provider.case.SETTINGS)) + repr(provider.client)


@every_provider
def test_what_is_missing(provider: Provider):
    """Without credentials their keys are named; with them nothing is missing."""
    assert set(provider.spec.settings().missing()) <= attrs.fields_dict(provider.spec.settings).keys()
    assert provider.spec.settings().missing()
    assert not provider.spec.settings(**provider.case.SETTINGS).missing()


@every_provider
def test_what_the_provider_counts_by(provider: Provider):
    """It is one of the keys that a credential consists of, and empty without one."""
    assert provider.spec.settings().credential == ""
    made = provider.spec.settings(**provider.case.SETTINGS)
    assert made.credential in {getattr(made, key) for key in provider.spec.settings().missing()}


@every_provider
async def test_nothing_is_sent_without_credentials(provider: Provider):
    """Without credentials the operator reads which keys to set, and no request is made."""

    def refuse(request: httpx2.Request) -> httpx2.Response:
        pytest.fail(f"a request to {request.url.host}")

    bare = provider.spec.settings()
    transport = httpx2.MockTransport(refuse)
    session = HttpSession(
        provider.spec.name, timeout_s=LONGEST_S, connections=1, clock=FixedClock(), transport=transport
    )
    try:
        with pytest.raises(NotConfigured) as caught:
            await provider.spec.auth(bare, session, FixedClock()).credentials()
    finally:
        await session.aclose()
    for key in bare.missing():
        assert f"providers.{provider.name}.{key}" in str(caught.value)


@every_provider
def test_downgrade_of_nothing(provider: Provider):
    """A capability that nobody knows changes no plan."""
    assert not provider.client.downgrade("no such capability")


@every_call
def test_requests(provider: Provider, name: str):
    """A request is a value: the same each time, where its row says, and without a secret."""
    request = provider.calls[name].request
    assert request == provider.calls[name].request
    assert request.provider == provider.name
    (row,) = [endpoint for endpoint in provider.spec.endpoints if endpoint.name == request.endpoint]
    assert re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(row.path)), request.path)
    assert request.cost == row.cost
    assert "://" not in request.path
    for secret in provider.spec.secrets:
        assert provider.case.SETTINGS[secret] not in request.key


@every_call
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_storms(provider: Provider, name: str, status: int):
    """5xx says that the provider is ill, not that anything is wrong with the request."""
    for response in (answer(status), answer(status, text="<html>"), answer(status, json={"error": "x"})):
        with pytest.raises(Unavailable):
            provider.calls[name].parse(response)


@every_call
def test_too_many_requests(provider: Provider, name: str):
    """429 is RateLimited in every shape of body, with the hint where there is a usable one."""
    for response in (answer(429), answer(429, text="Too many requests"), answer(429, json={"error": {"status": 429}})):
        for header, hint in (("7", 7.0), ("0", None), ("soon", None)):
            with pytest.raises(RateLimited) as caught:
                provider.calls[name].parse(attrs.evolve(response, headers={"retry-after": header}))
            assert caught.value.retry_after_s == hint


@every_call
def test_refused_credentials(provider: Provider, name: str):
    """401 holds the provider until an operator acts."""
    with pytest.raises(Unauthorized):
        provider.calls[name].parse(answer(401, json={"error": "x"}))


@every_call
def test_empty_success(provider: Provider, name: str):
    """200 without a body is an error that the next try may cure, never an empty result."""
    with pytest.raises(Unavailable):
        provider.calls[name].parse(answer(200))


@every_call
def test_recorded_bodies(provider: Provider, name: str, corpus: Path):
    """Every recorded body that the call has to read is read, and its records are dated by the response."""
    for pattern in provider.case.RECORDED.get(name, ()):
        files = sorted(corpus.glob(pattern))
        assert files, pattern
        for file in files:
            value = provider.calls[name].parse(answer(json=json.loads(file.read_text())))
            assert _dates(value) <= {RECEIVED_AT}, file


@every_call
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=json_values, status=st.sampled_from([200, 400, 401, 403, 404, 418, 429, 500]), text=st.text(max_size=20))
def test_any_json(provider: Provider, name: str, body: Any, status: int, text: str):
    """Whatever comes as a body, with whatever status, a call raises a ProviderError or nothing."""
    survive(provider.calls[name], answer(status, json=body, text=text))


@every_call
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_mutated_recorded_bodies(provider: Provider, name: str, corpus: Path, data: st.DataObject):
    """A real body with one value replaced by any other raises a ProviderError or nothing."""
    patterns = provider.case.RECORDED.get(name, ())
    files = [f for pattern in patterns for f in sorted(corpus.glob(pattern)) if f.stat().st_size < MAX_MUTATED_BYTES]
    if files:
        body = json.loads(data.draw(st.sampled_from(files)).read_text())
        survive(provider.calls[name], answer(json=_mutated(body, data)))


def _mutated(body: Any, data: st.DataObject) -> Any:
    if not isinstance(body, dict | list) or not body or data.draw(st.integers(0, 5)) == 0:
        return data.draw(json_values)
    key = data.draw(st.sampled_from(sorted(body) if isinstance(body, dict) else range(len(body))))
    body[key] = _mutated(body[key], data)
    return body


def _dates(value: Any) -> set[datetime]:
    """Return every `fetched_at` in what a call returned."""
    if isinstance(value, Page):
        return _dates(value.items)
    if isinstance(value, tuple):
        return {moment for item in value for moment in _dates(item)}
    if attrs.has(type(value)):
        own = {value.fetched_at} if hasattr(value, "fetched_at") else set()
        return own | {moment for field in attrs.fields(type(value)) for moment in _dates(getattr(value, field.name))}
    return set()
