"""The bad answers of Ticketmaster, in the forms seen in practice."""

from thesetd.sandbox.listing import Json
from thesetd.sandbox.trouble.shapes import JSON, Shapes, as_json, as_text


def ticketmaster_fault(text: str, code: str) -> Json:
    """Return the error object of the gateway before Ticketmaster's API."""
    return {"fault": {"faultstring": text, "detail": {"errorcode": code}}}


SHAPES: Shapes = {
    "429-quota": as_json(
        429,
        ticketmaster_fault(
            "Rate limit quota violation. Quota limit  exceeded. Identifier : {apikey}",
            "policies.ratelimit.QuotaViolation",
        ),
    ),
    "429-spike": as_json(
        429,
        ticketmaster_fault(
            "Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5, periodInMicroseconds=1000000}",
            "policies.ratelimit.SpikeArrestViolation",
        ),
    ),
    "401-key": as_json(401, ticketmaster_fault("Invalid ApiKey", "oauth.v2.InvalidApiKey")),
    "401-quota": as_json(401, ticketmaster_fault("Rate limit quota violation.", "policies.ratelimit.QuotaViolation")),
    "500": as_text(500, "", JSON),
    "502": as_text(502, "<html><body>Bad Gateway</body></html>", "text/html"),
    "503": as_text(503, "<html><body>Service Unavailable</body></html>", "text/html"),
    "504": as_text(504, "<html><body>Gateway Time-out</body></html>", "text/html"),
    "200-html": as_text(200, "<html><body>hello</body></html>", "text/html"),
    "200-no-page": as_json(200, {"_links": {"self": {"href": "/discovery/v2/events"}}}),
}
