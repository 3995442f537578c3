"""Routes of webhooks."""

from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.rows.parts import OPERATE, READ
from thesetd.ports.surface.webhooks import Replayed, ReplayWanted, WebhookDetails, WebhookList, WebhookTested

_NO_WEBHOOK = {
    404: problem_response("No such webhook is configured; `webhooks` lists the known ones.", "unknown-webhook")
}

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_WEBHOOKS = ApiRoute(
    "listWebhooks", "GET /webhooks", "changes", READ, WebhookList, "List the webhooks with what waits for each",
)
SHOW_WEBHOOK = ApiRoute(
    "showWebhook", "GET /webhooks/{webhook}", "changes", READ, WebhookDetails,
    "Show a webhook with the messages that failed", refusals=_NO_WEBHOOK,
)
REPLAY_WEBHOOK = ApiRoute(
    "replayWebhook", "POST /webhooks/{webhook}/replay", "changes", OPERATE, Replayed,
    "Send dead messages again or, with `since`, all changes after a number", query=ReplayWanted,
    refusals={400: problem_response("Invalid number.", "bad-since"), **_NO_WEBHOOK},
)
TEST_WEBHOOK = ApiRoute(
    "testWebhook", "POST /webhooks/{webhook}/test", "changes", OPERATE, WebhookTested,
    "Send a test message now", refusals=_NO_WEBHOOK,
)
