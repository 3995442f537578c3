"""Webhooks under virtual time: order per artist, retries with backoff, receivers that are down, crashes, operators."""

import itertools
import json
import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.testing

from fake_webhooks import FakeSender
from fakes import FakeClock, FakeStore
from sample_rows import artist, batch
from thesetd.actors.change_feed import ChangeFeed
from thesetd.actors.webhooks import LONGEST_REST_S, Webhooks
from thesetd.domain.webhooks import Sent, WebhookTarget
from thesetd.ports.webhooks import WebhookOutlet

Clock = trio.testing.MockClock  # each test asks for it itself: one that only a fixture asks for is not the test's
KEY = b"k" * 24
NAMES = ("Owls", "Bats", "Hawks")


class _Silent:
    def notify(self, _fact: object) -> None:
        """Hear a fact."""


class Scene:
    """A store with its feed, and a process that sends."""

    def __init__(self, nursery: trio.Nursery, sender: FakeSender, *, look_s: float = 1.0, **hook: Any) -> None:
        self.nursery, self.sender, self.store, self.clock = nursery, sender, FakeStore(), FakeClock()
        self.hook = WebhookTarget(
            **{"name": "theset", "url": "https://x.example", "keys": (KEY,), "retry_s": 5.0, **hook}
        )
        self.feed = ChangeFeed(self.store.changes, clock=self.clock, observer=_Silent(), look_s=look_s)
        nursery.start_soon(self.feed.run)
        self.webhooks = self.made("one")
        self.minutes = 0

    def made(self, node: str) -> Webhooks:
        """Return the webhooks of a node."""
        return Webhooks(
            WebhookOutlet(hooks=(self.hook,), sender=self.sender, mark="m"),
            node=node,
            queue=self.store.webhook_queue,
            ledger=self.store.webhook_ledger,
            feed=self.feed,
            clock=self.clock,
            rng=random.Random(1),
            observer=_Silent(),
        )

    async def started(self) -> "Scene":
        """Run, with the webhook at the feed's end."""
        self.nursery.start_soon(self.webhooks.run)
        await trio.testing.wait_all_tasks_blocked()
        return self

    async def change(self, times: int, *names: str) -> int:
        """Change artists; return the number of changes."""
        for _ in range(times):
            self.minutes += 1
            for name in names:
                given = {"spotify_id": name, "slug": name.lower(), "name": f"{name} {self.minutes:04}"}
                await self.store.batches.write(batch(self.minutes, artists=(artist(self.minutes, **given),)))
        self.feed.look()
        return times * len(names)

    async def until(self, condition: Callable[[], bool], within_s: float = 2e5) -> None:
        """Wait until a condition holds."""
        with trio.fail_after(within_s):
            while not condition():
                await trio.sleep(within_s / 2000)

    def told(self) -> dict[str, list[str]]:
        """Return the names that were taken, by artist, without repetitions of one id."""
        found, ids = defaultdict[str, list[str]](list), set[str]()
        for one in self.sender.taken:
            if one["id"] not in ids:
                ids.add(one["id"])
                name = json.loads(one["body"])["data"]["after"]["name"]
                found[name.split()[0]].append(name)
        return found

    def all_in_order(self, count: int) -> bool:
        """Return whether so many changes arrived; of each artist in order."""
        told = self.told()
        assert all(names == sorted(names) for names in told.values())
        return sum(map(len, told.values())) == count


@pytest.fixture
def scene(nursery: trio.Nursery) -> Callable[..., Scene]:
    """Return a way to set one."""
    return lambda answer=lambda _: Sent(status=204), **hook: Scene(nursery, FakeSender(answer), **hook)


async def test_changes_arrive_soon_and_in_order(autojump_clock: Clock, scene: Any) -> None:
    """Within a second of their commit."""
    one = await scene().started()
    count = await one.change(5, *NAMES)
    await one.until(lambda: one.all_in_order(count), 3)
    body = json.loads(one.sender.taken[0]["body"])
    assert (body["type"], body["data"]["kind"]) == ("artist.created", "artist")
    assert len({sent["id"] for sent in one.sender.taken}) == count


@pytest.mark.untraced
@pytest.mark.parametrize("seed", range(5))
async def test_a_receiver_that_fails_half_of_the_time_gets_all_in_order(
    autojump_clock: Clock, scene: Any, seed: int
) -> None:
    """Each message until it is taken, under one id."""
    rng = random.Random(seed)
    one = await scene(lambda _: Sent(status=503 if rng.random() < 0.5 else 200)).started()
    count = await one.change(20, *NAMES)
    await one.until(lambda: one.all_in_order(count))
    assert len(one.sender.tries) > count


@pytest.mark.untraced
async def test_pauses_between_attempts_double_up_to_an_hour(autojump_clock: Clock, scene: Any) -> None:
    """With some chance in them; a receiver may ask for more by Retry-After."""
    one = await scene(lambda _: Sent(status=500), look_s=60.0).started()
    await one.change(1, "Owls")
    await one.until(lambda: len(one.sender.tries) > 14)
    times = [at for at, _ in one.sender.tries]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    for number, pause in enumerate(pauses[1:10], 1):
        assert 0.75 * 5 * 2**number <= pause <= 1.25 * 5 * 2**number + LONGEST_REST_S + 6
    assert all(0.75 * 3600 <= pause <= 3600 + LONGEST_REST_S + 6 for pause in pauses[-3:])
    assert len({message for _, message in one.sender.tries}) == 1


@pytest.mark.untraced
async def test_a_message_that_fails_for_long_is_dead_and_can_be_replayed(autojump_clock: Clock, scene: Any) -> None:
    """The artist's next message goes on meanwhile."""
    bad = {"msg_m_1"}
    refusing = scene(lambda message: Sent(status=422 if message in bad else 200), give_up_s=8 * 3600.0, look_s=60.0)
    one = await refusing.started()
    count = await one.change(2, "Owls")
    await one.until(lambda: len(one.sender.taken) == count - 1)
    (message,) = await one.webhooks.failed("theset", limit=9)
    assert (message.seq, message.dead, message.error) == (1, True, "answered 422")
    assert 8 * 3600 <= one.sender.tries[-2][0] <= 8 * 3600 * 1.2
    bad.clear()
    assert await one.webhooks.replay("theset", since=None) == 1
    await one.until(lambda: len(one.sender.taken) == count, 120)


@pytest.mark.untraced
async def test_a_receiver_that_is_down_is_probed_by_one_message_at_a_time(autojump_clock: Clock, scene: Any) -> None:
    """Not by one of each artist; once it answers everything is there soon."""
    down = [True]
    one = await scene(lambda _: Sent(error="no connection") if down else Sent(status=200)).started()
    count = await one.change(1, *(f"Act{n}" for n in range(100)))
    await trio.sleep(600)
    assert len(one.sender.tries) < 80
    down.clear()
    await one.until(lambda: one.all_in_order(count), 700)


@pytest.mark.untraced
async def test_a_late_answer_to_one_artist_holds_up_no_other(autojump_clock: Clock, scene: Any) -> None:
    """Messages of others go on while one hangs until its deadline; nothing of its own artist overtakes it."""
    one = await scene().started()
    post, hanging = one.sender.post, ["msg_m_1"]

    async def hang(hook: Any, body: bytes, headers: Any) -> Sent:
        if headers["webhook-id"] in hanging:
            hanging.clear()
            await trio.sleep(10)
            return Sent(error="no answer within 10 s")
        sent: Sent = await post(hook, body, headers)
        return sent

    one.sender.post = hang
    count = await one.change(5, *NAMES)
    await one.until(lambda: len(one.sender.taken) == count * 2 // 3, 3)
    assert set(one.told()) == set(NAMES[1:])
    await one.until(lambda: one.all_in_order(count), 30)


async def test_a_receiver_that_is_down_rests_while_changes_come(autojump_clock: Clock, scene: Any) -> None:
    """New changes wake the sender, and neither end the rest nor let another node take the receiver over."""
    one = await scene(lambda _: Sent(error="no connection")).started()
    one.nursery.start_soon(one.made("two").run)
    for number in range(150):
        await one.change(1, f"Act{number}")
        await trio.sleep(1)
    assert len(one.sender.tries) < 20
    (view,) = await one.webhooks.overview()
    assert view.node == "one"


async def test_a_crash_between_delivery_and_commit_sends_again_under_the_same_id(
    autojump_clock: Clock, scene: Any
) -> None:
    """The receiver knows it by its id; nothing is out of order."""
    one = scene()
    await one.store.take_turn("theset", node="one", kinds=())
    settle, lost = one.store.settle, [True]

    async def crash(*given: Any, **more: Any) -> None:
        if lost:
            lost.clear()
            raise RuntimeError("killed")
        await settle(*given, **more)

    count = await one.change(2, "Owls")
    one.store.settle = crash
    with pytest.raises(BaseExceptionGroup):
        await one.made("one").run()
    one.nursery.start_soon(one.made("one").run)
    await one.until(lambda: one.all_in_order(count), 60)
    assert [sent["id"] for sent in one.sender.taken][:2] == ["msg_m_1", "msg_m_1"]


async def test_operators_see_and_test_a_webhook(autojump_clock: Clock, scene: Any) -> None:
    """Its address without secrets; a test is signed like a message."""
    one = await scene(url="https://u:p@x.example/hook?token=secret").started()
    (view,) = await one.webhooks.overview()
    assert (view.url, len(view.kinds)) == ("https://x.example/hook", 5)
    tested = await one.webhooks.test("theset")
    assert (tested.accepted, tested.answer) == (True, "answered 204")
    assert json.loads(one.sender.taken[0]["body"])["type"] == "thesetd.test"
    with pytest.raises(KeyError):
        await one.webhooks.test("other")
