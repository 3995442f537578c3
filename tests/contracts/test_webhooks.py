"""Messages to webhooks, one suite over the fake and over PostgreSQL: order, retries, dead ones, several nodes."""

from typing import Any

from sample_rows import NOW, artist, batch, moment
from thesetd.domain.changes import ChangeKind
from thesetd.domain.ids import Seq
from thesetd.domain.webhooks import Delivery
from thesetd.ports.store import Stores

NAMES = ("Owls", "Bats")


async def renamed(store: Stores, minutes: float, *names: str) -> None:
    """Change the names of some artists, which are created first, and publish that."""
    for name in names:
        row = artist(minutes, spotify_id=name, slug=name.lower(), name=f"{name} {minutes:g}")
        await store.batches.write(batch(minutes, artists=(row,)))
    await store.changes.publish_changes(now=moment(minutes))


async def begun(store: Stores) -> None:
    """Begin a webhook, after which two artists change twice."""
    await turn(store)
    for minutes in (1, 2):
        await renamed(store, minutes, *NAMES)
    await turn(store)


async def turn(store: Stores, node: str = "one", stalled: int | None = None) -> bool:
    """Take a turn."""
    return (await store.webhook_queue.take_turn("theset", node=node, kinds=[ChangeKind.ARTIST], stalled=stalled)).mine


async def due(store: Stores, minutes: float = 5, limit: int = 9) -> list[tuple[int, str]]:
    """Return what is due: numbers and the names that it tells of."""
    found = await store.webhook_queue.messages_due("theset", now=moment(minutes), limit=limit)
    return [(one.change.seq, one.change.after["name"]) for one in found.messages]


async def settle(store: Stores, *deliveries: Delivery, node: str = "one") -> None:
    """Settle at minute 5."""
    await store.webhook_queue.settle("theset", deliveries, node=node, now=moment(5))


def delivered(seq: int) -> Delivery:
    """Return a delivery."""
    return Delivery(seq=Seq(seq), delivered=True)


def failed(seq: int, minutes: float | None) -> Delivery:
    """Return a failure, to be tried again then or never."""
    return Delivery(
        seq=Seq(seq), delivered=False, again_at=None if minutes is None else moment(minutes), error="answered 503"
    )


async def test_a_new_webhook_begins_with_what_comes(store: Stores) -> None:
    """Its receiver has read the rows that were there."""
    await renamed(store, 1, "Owls")
    assert await turn(store)
    assert await due(store) == []
    await renamed(store, 2, "Owls")
    await turn(store)
    assert [name for _, name in await due(store)] == ["Owls 2"]


async def test_of_each_artist_only_the_first_message_is_due(store: Stores) -> None:
    """The next one is due once that is delivered."""
    await begun(store)
    (owls, name), (bats, other) = await due(store)
    assert (name, other) == ("Owls 1", "Bats 1")
    assert await due(store, limit=1) == [(owls, name)]
    await settle(store, delivered(bats))
    assert [name for _, name in await due(store)] == ["Owls 1", "Bats 2"]


async def test_a_message_under_way_is_not_due_and_holds_up_its_artist(store: Stores) -> None:
    """Neither it nor the next of its artist is sent beside it, and its moment wakes nobody."""
    await begun(store)
    (owls, _), (bats, name) = await due(store)
    found = await store.webhook_queue.messages_due("theset", now=moment(5), limit=9, but=[owls])
    assert [(one.change.seq, one.change.after["name"]) for one in found.messages] == [(bats, name)]
    await settle(store, failed(owls, 8), failed(bats, 9))
    found = await store.webhook_queue.messages_due("theset", now=moment(5), limit=9, but=[owls])
    assert (found.messages, found.next_at) == ((), moment(9))


async def test_a_survey_counts_what_waits_and_what_is_dead(store: Any) -> None:
    """With the age of the oldest change that waits; a webhook that no node serves is left out."""
    assert await store.surveys.webhook_backlogs() == ()
    await begun(store)
    (owls, _), (bats, _) = await due(store)
    await settle(store, failed(owls, None), delivered(bats))
    (found,) = await store.surveys.webhook_backlogs()
    assert (found.webhook, found.waiting, found.dead, found.oldest_at) == ("theset", 2, 1, moment(2))
    await store.webhook_queue.let_go("one")
    assert await store.surveys.webhook_backlogs() == ()


async def test_a_message_that_failed_holds_up_its_artist_until_it_is_due_again(store: Stores) -> None:
    """Others go on; when everything waits, the next moment is known."""
    await begun(store)
    (owls, _), (bats, _) = await due(store)
    await settle(store, failed(owls, 8), delivered(bats))
    assert [name for _, name in await due(store)] == ["Bats 2"]
    await settle(store, delivered((await due(store))[0][0]))
    found = await store.webhook_queue.messages_due("theset", now=moment(5), limit=9)
    assert (found.messages, found.next_at) == ((), moment(8))
    found = await store.webhook_queue.messages_due("theset", now=moment(8), limit=9)
    assert [(one.attempts, one.first_at) for one in found.messages] == [(1, moment(5))]


async def test_a_dead_message_lets_the_next_one_pass_and_can_be_sent_again(store: Stores) -> None:
    """Its number and why it failed stay until then."""
    await begun(store)
    (owls, _), _ = await due(store)
    await settle(store, failed(owls, None))
    assert [name for _, name in await due(store)] == ["Bats 1", "Owls 2"]
    (message,) = await store.webhook_ledger.failed_messages("theset", limit=9)
    assert (message.seq, message.dead, message.attempts, message.error) == (owls, True, 1, "answered 503")
    assert await store.webhook_ledger.replay("theset", kinds=(), since=None) == 1
    assert [name for _, name in await due(store)] == ["Owls 1", "Bats 1"]
    assert await store.webhook_ledger.failed_messages("theset", limit=9) == ()


async def test_a_replay_from_a_number_sends_what_was_delivered_again(store: Stores) -> None:
    """Only what the webhook is told of."""
    await begun(store)
    while found := await due(store):
        await settle(store, *(delivered(seq) for seq, _ in found))
    (view,) = await store.webhook_ledger.webhooks()
    assert (view.waiting, view.dead, view.delivered, view.delivered_at) == (0, 0, 4, moment(5))
    assert await store.webhook_ledger.replay("theset", kinds=[ChangeKind.SHOW], since=Seq(0)) == 0
    assert await store.webhook_ledger.replay("theset", kinds=[ChangeKind.ARTIST], since=Seq(0)) == 4
    assert [name for _, name in await due(store)] == ["Owls 1", "Bats 1"]


async def test_one_node_at_a_time_sends(store: Stores) -> None:
    """Another takes over when the first lets go, or takes no turn any more; what that one settles then is void."""
    await begun(store)
    (owls, _), (bats, _) = await due(store)
    assert not await turn(store, "two")
    stands = (await store.webhook_queue.take_turn("theset", node="two", kinds=())).count
    assert not await turn(store, "two", stalled=stands - 1)
    assert await turn(store, "two", stalled=stands)
    await settle(store, delivered(owls))
    assert [seq for seq, _ in await due(store)] == [owls, bats]
    await settle(store, delivered(owls), node="two")
    assert not await turn(store, "one")
    await store.webhook_queue.let_go("two")
    assert await turn(store, "one")


async def test_what_is_seen_of_a_webhook(store: Stores) -> None:
    """How much waits, since when, and why it last failed."""
    await begun(store)
    (owls, _), _ = await due(store)
    await settle(store, failed(owls, 8))
    (view,) = await store.webhook_ledger.webhooks()
    assert (view.name, view.waiting, view.dead, view.oldest_at) == ("theset", 4, 0, moment(1))
    assert (view.error, view.node, view.delivered_at) == ("answered 503", "one", None)
    assert (view.oldest_at or NOW) > NOW
