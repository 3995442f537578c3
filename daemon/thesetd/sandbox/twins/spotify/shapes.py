"""The bad answers of Spotify, in the forms seen in practice."""

from thesetd.sandbox.listing import Json
from thesetd.sandbox.trouble.shapes import Shapes, as_json, as_text


def spotify_error(status: int, message: str, **more: str) -> Json:
    """Return the error object of api.spotify.com (the token endpoint has a different one)."""
    return {"error": {"status": status, "message": message, **more}}


PREMIUM = (
    "Active premium subscription required for the owner of the app. When the subscription status changes, "
    "it can take a few hours before requests are allowed again."
)

SHAPES: Shapes = {
    "429": as_json(429, spotify_error(429, "API rate limit exceeded"), "5"),
    "429-quota": as_json(429, spotify_error(429, "Too many requests", reason="QUOTA_EXCEEDED"), "48925"),
    "429-text": as_text(429, "Too many requests", None, "19056"),
    "429-no-header": as_json(429, spotify_error(429, "API rate limit exceeded")),
    "429-zero": as_json(429, spotify_error(429, "API rate limit exceeded"), "0"),
    "400-limit": as_json(400, spotify_error(400, "Invalid limit")),
    "400-limit-empty": as_text(400, ""),
    "400-token": as_json(400, {"error": "invalid_client", "error_description": "Invalid client"}),
    "401-expired": as_json(401, spotify_error(401, "The access token expired")),
    "401-missing": as_json(401, spotify_error(401, "Access token missing")),
    "403-forbidden": as_json(403, spotify_error(403, "Forbidden")),
    "403-premium": as_text(403, PREMIUM),
    "404": as_json(404, spotify_error(404, "Resource not found")),
    "500": as_json(500, spotify_error(500, "Server error.")),
    "502": as_json(502, spotify_error(502, "Bad gateway.")),
    "502-empty": as_text(502, ""),
    "503": as_json(503, spotify_error(503, "Service unavailable")),
    "504": as_text(504, "upstream request timeout", "text/plain"),
    "200-empty": as_text(200, ""),
    "200-html": as_text(200, "<html><body>hello</body></html>", "text/html"),
}
