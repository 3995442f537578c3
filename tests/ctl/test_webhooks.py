"""The commands about webhooks."""

import json
from typing import Any


def test_webhooks_are_listed_with_what_waits(run: Any) -> None:
    """And why the last failed message failed."""
    result = run("webhooks", "list")
    assert result.exit_code == 0
    heading, line = result.output.splitlines()
    assert heading.split() == ["WEBHOOK", "WAITING", "DEAD", "DELIVERED", "LAST", "URL", "LAST", "ERROR"]
    assert line.split() == ["theset", "2", "1", "0", "never", "https://theset.example/hook", "answered", "503"]
    assert json.loads(run("webhooks", "list", "--json").output)["webhooks"][0]["cursor"] == 41


def test_a_webhook_is_shown_with_what_fails(run: Any) -> None:
    """The number of the change, how often it failed, and when it is tried again."""
    *_, heading, line = run("webhooks", "show", "theset").output.splitlines()
    assert heading.split() == ["CHANGE", "KIND", "ROW", "FAILED", "AGAIN", "ERROR"]
    assert line.split() == ["7", "show", "00000000-0000-0000-0000-00000000002c", "9", "dead", "answered", "503"]


def test_dead_messages_are_sent_again(run: Any) -> None:
    """Or all after a number."""
    assert run("webhooks", "replay", "theset").output == "1 messages are queued for theset\n"
    assert run("webhooks", "replay", "theset", "--since", "40").exit_code == 0
    result = run("webhooks", "replay", "theset", "--since", "x")
    assert (result.exit_code, "invalid number 'x'" in result.stderr) == (2, True)


def test_a_receiver_is_tested(run: Any) -> None:
    """An unknown name lists the known ones."""
    assert run("webhooks", "test", "theset").output == "theset answered 204 in 0.01 s\n"
    result = run("webhooks", "test", "nope")
    assert (result.exit_code, "no webhook 'nope': expected one of theset" in result.stderr) == (1, True)
