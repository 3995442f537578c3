"""Checks what PostgreSQL can hold as text."""

MAX_REASON = 500
MAX_SAMPLE = 500  # as `thesetd.domain.music.records.Reject` promises
MAX_KEY = 200


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL accepts this text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= ch <= "\udfff" for ch in text))


def storable(text: str) -> str:
    """Replace what PostgreSQL does not accept by question marks and U+FFFD; for messages about data, never for data."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
