"""The bad answers of MusicBrainz, in the forms seen in practice: it never sends a 429."""

from thesetd.sandbox.trouble.shapes import Shapes, as_json, as_text

HELP = "For usage, please see: https://musicbrainz.org/development/mmd"
UNIDENTIFIED = (
    "Your requests are being throttled by MusicBrainz because the application you are using has not identified itself. "
    "Please update your application, and see http://musicbrainz.org/doc/XML_Web_Service/Rate_Limiting for more "
    "information."
)
EXCEEDING = (
    "Your requests are exceeding the allowable rate limit. "
    "Please see http://wiki.musicbrainz.org/XMLWebService for more information."
)
BUSY = "The MusicBrainz web server is currently busy. Please try again later."

SHAPES: Shapes = {
    "503-limit": as_json(503, {"error": EXCEEDING}, "1"),
    "503": as_json(503, {"error": BUSY}, "0"),
    "200-busy": as_json(200, {"error": BUSY}),
    "403-forbidden": as_json(403, {"error": UNIDENTIFIED}),
    "404": as_json(404, {"error": "Not Found", "help": HELP}),
    "500": as_json(500, {"error": "Internal Server Error"}),
    "502": as_text(502, "<html><body>502 Bad Gateway</body></html>", "text/html"),
    "504": as_text(504, "<html><body>504 Gateway Time-out</body></html>", "text/html"),
    "200-xml": as_text(200, '<?xml version="1.0" encoding="UTF-8"?><metadata/>', "application/xml"),
}
