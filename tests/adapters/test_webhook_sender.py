"""Requests to webhooks' receivers: signatures by the reference library, private addresses, redirects, deadlines."""

import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import h11
import pytest
import trio

from fake_changes import example_change
from patience import LONGEST_S
from thesetd.actors.webhooks import AT_ONCE
from thesetd.adapters import webhook_sender
from thesetd.adapters.webhook_sender import HttpWebhookSender, is_public
from thesetd.domain.webhooks import Message, WebhookTarget, parse_secrets, signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
NOW = datetime.now(UTC)


class Receiver:
    """A server on loopback that answers as it is told; `asked` are the requests."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self.answer = b"HTTP/1.1 204 No Content\r\n\r\n"

    async def serve(self, stream: trio.SocketStream) -> None:
        """Answer one connection."""
        wire = h11.Connection(h11.SERVER)
        head, body = None, b""
        while True:
            event = wire.next_event()
            if event is h11.NEED_DATA:
                data = await stream.receive_some(65536)
                if not data:
                    return
                wire.receive_data(data)
            elif isinstance(event, h11.Request):
                head = {name.decode(): value.decode() for name, value in event.headers}
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                break
        assert head is not None
        self.asked.append((head, body))
        if not self.answer:
            await trio.sleep_forever()
        await stream.send_all(self.answer)


@pytest.fixture
async def receiver(nursery: trio.Nursery) -> AsyncIterator[Receiver]:
    """Yield a receiver."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    made = Receiver(listener.socket.getsockname()[1])
    nursery.start_soon(partial(trio.serve_listeners, made.serve, [listener]))
    yield made
    nursery.cancel_scope.cancel()


@pytest.fixture
async def sender() -> AsyncIterator[HttpWebhookSender]:
    """Yield a sender."""
    made = HttpWebhookSender()
    yield made
    await made.aclose()


def target(port: int, **parts: Any) -> WebhookTarget:
    """Return the receiver as configuration describes it."""
    given = {"name": "x", "url": f"http://localhost:{port}/hook", "keys": parse_secrets(SECRET), "private": True}
    return WebhookTarget(**{**given, **parts})


async def test_the_reference_library_accepts_what_is_sent(receiver: Receiver, sender: HttpWebhookSender) -> None:
    """With either secret while one is being replaced; not once the body has changed."""
    library = pytest.importorskip("standardwebhooks", reason="the reference library is not installed")
    hook = target(receiver.port, keys=parse_secrets(f"{OTHER} {SECRET}"))
    body = Message(change=example_change(7), attempts=0, first_at=None).body()
    now = datetime.now(UTC)  # the library refuses what is older than five minutes
    sent = await sender.post(hook, body, signed("msg_1", now, body, hook.keys))
    assert sent.accepted
    ((headers, received),) = receiver.asked
    for secret in (SECRET, OTHER):
        document = library.Webhook(secret).verify(received, headers)
        assert (document["type"], document["data"]["seq"]) == ("show.changed", 7)
    with pytest.raises(library.WebhookVerificationError):
        library.Webhook(SECRET).verify(received.replace(b"cancelled", b"scheduled"), headers)
    assert json.loads(received)["timestamp"] == "2026-06-01T12:00:00+00:00"


def test_a_signature_is_that_of_the_specification() -> None:
    """The example of Standard Webhooks' documentation."""
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', parse_secrets(SECRET))
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("text", ["", "whsec_QUJD", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_*" * 9])
def test_a_wrong_secret_is_refused_without_showing_it(text: str) -> None:
    """Too short, without its prefix, or no base64."""
    with pytest.raises(ValueError, match="secret") as caught:
        parse_secrets(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1",
        "64:ff9b:1::a00:1", "::7f00:1",
    ],
)  # fmt: skip
def test_addresses_that_lead_into_a_private_network_are_not_public(address: str) -> None:
    """Whatever form they have."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    """Also by a translator."""
    assert is_public(address)


async def test_a_private_address_is_refused_unless_it_is_allowed(receiver: Receiver, sender: HttpWebhookSender) -> None:
    """A literal, and a name that leads to one; nothing is sent."""
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
        hook = target(receiver.port, url=f"http://{host}:{receiver.port}/", private=False)
        assert "private" in (await sender.post(hook, b"{}", {})).why
    assert receiver.asked == []


async def test_the_address_that_was_judged_is_the_one_that_is_connected_to(
    receiver: Receiver, sender: HttpWebhookSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere when it is asked again has no second chance."""
    answers = ["93.184.216.34", "127.0.0.1"]
    asked: list[str] = []

    async def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(0, 0, 0, "", (answers[min(len(asked), len(answers)) - 1], port))]

    connected: list[str] = []

    async def connect(_self: Any, host: str, *_: Any) -> Any:
        connected.append(host)
        raise webhook_sender.httpcore2.ConnectError

    monkeypatch.setattr(webhook_sender.trio.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(webhook_sender.httpcore2.TrioBackend, "connect_tcp", connect)
    sent = await sender.post(target(receiver.port, url="http://rebinding.example/", private=False), b"{}", {})
    assert (connected, len(asked), sent.accepted) == (["93.184.216.34"], 1, False)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 302 Found\r\nlocation: http://localhost/\r\ncontent-length: 0\r\n\r\n", "answered 302: redirects"),
        (b"HTTP/1.1 503 No\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n", "answered 503"),
        (b"SSH-2.0\r\n\r\n", "no connection"),
        (b"", "no answer within 0.3 s"),
    ],
)
async def test_what_is_not_accepted_says_why(
    receiver: Receiver, sender: HttpWebhookSender, answer: bytes, why: str
) -> None:
    """A redirect is not followed, and a receiver has a deadline."""
    receiver.answer = answer
    timeout_s = LONGEST_S if answer else 0.3
    sent = await sender.post(target(receiver.port, timeout_s=timeout_s), b"{}", {})
    assert not sent.accepted
    assert sent.why.startswith(why)
    assert sent.retry_after_s == (7.0 if b"503" in answer else None)
    assert len(receiver.asked) == 1 or (not answer and not receiver.asked)


async def test_a_slow_receiver_leaves_connections_for_another(
    receiver: Receiver, sender: HttpWebhookSender, nursery: trio.Nursery
) -> None:
    """Each sender bounds its own requests: together they share no bound that one receiver could use up."""
    receiver.answer = b""
    for _ in range(2 * AT_ONCE):
        nursery.start_soon(sender.post, target(receiver.port, name="slow", timeout_s=10 * LONGEST_S), b"{}", {})
    with trio.fail_after(LONGEST_S):
        while len(receiver.asked) < 2 * AT_ONCE:
            await trio.sleep(0.01)
    receiver.answer = b"HTTP/1.1 204 No Content\r\n\r\n"
    assert (await sender.post(target(receiver.port, timeout_s=LONGEST_S), b"{}", {})).accepted


async def test_nobody_there_and_no_such_name_are_answers(sender: HttpWebhookSender) -> None:
    """They are tried again like any other failure."""
    with socket.socket() as bound:  # a port on which nobody listens
        bound.bind(("127.0.0.1", 0))
        sent = await sender.post(target(bound.getsockname()[1]), b"{}", {})
    assert sent.why.startswith("no connection")
    unknown = target(1, url="http://no-such-name.invalid/")
    assert (await sender.post(unknown, b"{}", {})).why.startswith(("the name cannot be resolved", "no answer"))
