"""The bad answers of setlist.fm, in the forms seen in practice."""

from thesetd.sandbox.trouble.shapes import Shapes, as_json, as_text

SHAPES: Shapes = {
    "429": as_json(429, {"message": "Too Many Requests"}),
    "429-quota": as_json(429, {"message": "Limit Exceeded"}),
    "403-forbidden": as_json(403, {"message": "Forbidden"}),
    "404-2017": as_json(
        404,
        {
            "timestamp": 1507422307666,
            "status": 404,
            "error": "Not Found",
            "message": "Not Found",
            "path": "/1.0/search/artists",
        },
    ),
    "500": as_json(500, {"message": "Internal server error"}),
    "502": as_json(502, {"message": "Bad Gateway"}),
    "503": as_text(503, "<html><body>setlist.fm is down for maintenance</body></html>", "text/html"),
    "504": as_json(504, {"message": "Endpoint request timed out"}),
}
