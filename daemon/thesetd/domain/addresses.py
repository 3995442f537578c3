"""Cleans and checks pasted addresses of servers: text around one, and parts that cannot be meant.

No message from here shows any part of an address: it may be a piece of a password.
"""

import re
from urllib.parse import urlsplit

_NAMED = re.compile(r"(?:export\s+)?[\"']?[A-Z][A-Z0-9_]*[\"']?\s*[=:]\s*(?=[\"'a-z])")
_QUOTES = ("\"'", "\u201c\u201d\u201e\u201f", "\u2018\u2019\u201a", "`", "<>")
_INVISIBLE = "; \t\r\n\ufeff\u200b\u200c\u200d\u2060\u00a0"
_COMMA = re.compile(r"(?<=[\"'])\s*,$")  # characters after the quotes in JSON
_PLACEHOLDER = re.compile(
    r"[<\[{(]?\s*(?:your|my|the|db|database)?[-_ ]?(?:password|pwd|pass)\s*[\]}>)]|[*\u2022]+", re.IGNORECASE
)
_VARIABLE = re.compile(r"\$\{\w[^{}]*\}|\$?\{\{[^{}]*\}\}|\$\(\w+\)")
_UNFILLED = re.compile(
    r"[<\[{(].*[>\]})]|(?:your|enter|insert)[-_ ][a-z_ -]*(?:key|secret|id|token|here)|change[-_ ]?(?:me|it)"
    r"|x{4,}|\.{3,}|\u2026|[*\u2022]+|none|null|undefined|todo",
    re.IGNORECASE,
)
_NO_HOST = re.compile(r"[\"'`()<>{}|\\,;*?&=!^~$#@]")
_COMMENT = re.compile(r"(?<=\S)\s+#[^@]*$")  # characters after the value in a settings file
_PORT = range(1, 65536)


def unwrapped(text: str) -> str:
    """Strip what a shell, an editor, a settings file or a console leaves around an address.

    Raises:
        ValueError: a character remains that cannot be part of an address.
    """
    before = None
    while text != before:
        before = text
        text = _COMMA.sub("", text.strip(_INVISIBLE))
        text = _COMMENT.sub("", text) if "://" in text else text  # a value between others may precede " #"
        text = _NAMED.sub("", text, count=1) if _NAMED.match(text) else text
        for quotes in _QUOTES:
            if len(text) > 1 and text[0] in quotes and text[-1] in quotes:
                text = text[1:-1]
    if any(not char.isprintable() for char in text):
        raise ValueError("has a character that cannot be printed")
    return text


def check_filled(what: str, part: str) -> None:
    """Reject a placeholder that a console or a template left to be replaced.

    Args:
        what: the part of an address, for example "the password".
        part: the decoded part.

    Raises:
        ValueError: a placeholder was not replaced.
    """
    if _VARIABLE.search(part):
        raise ValueError(f"{what} is a variable that was not replaced: write its value in its place")
    if _PLACEHOLDER.fullmatch(part):
        raise ValueError(f"{what} is the console's placeholder: write {what} itself in its place")


def check_key(_instance: object, _attribute: object, value: str) -> None:
    """Reject a provider's key that is a placeholder, or that has other text around it.

    Raises:
        ValueError: its message holds no part of the key.
    """
    check_filled("the key", value)
    if _UNFILLED.fullmatch(value):
        raise ValueError("the key is a placeholder: write the key itself in its place")
    if any(map(str.isspace, value)):
        raise ValueError(
            "the key has a space in it: write the key alone, without a name before it or a comment after it"
        )


def check_host(name: str) -> None:
    """Reject a name that the system's resolver cannot look up.

    Raises:
        ValueError: no host can have this name.
    """
    check_filled("the host", name)
    try:
        name.encode("idna")
    except UnicodeError:
        raise ValueError("the host's name has an empty part, or one of more than 63 characters") from None
    if "\0" in name or any(map(str.isspace, name)):
        raise ValueError("the host's name has a space or a character that cannot be printed")
    if _NO_HOST.search(name):
        raise ValueError("the host's name has an invalid character: write the name alone")


def check_web(address: str) -> None:
    """Reject an http or https address that cannot be requested.

    Raises:
        ValueError: its host or port is invalid.
    """
    parts = urlsplit(address)
    check_host(parts.hostname or "")
    try:
        port = parts.port
    except ValueError:  # its message has a piece of the address
        port = 0
    if port is not None and port not in _PORT:
        raise ValueError("the port is not between 1 and 65535")
