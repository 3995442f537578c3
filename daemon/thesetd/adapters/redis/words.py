"""Words errors of Redis: the server's own message if there is one, without an address or a password."""

import os
import re
import socket
import ssl

from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import InvalidResponse, RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer

from thesetd.adapters.certificates import causes, mistrust

LONGEST = 200  # most characters of a server's message that are passed on
CLUSTER = "Redis runs in cluster mode, which is not supported: use one without (README, Redis)"

# States of a server that another one at the same address may not have: the connections to it are discarded.
_ELSEWHERE = re.compile(r"\b(READONLY|LOADING|MASTERDOWN|MISCONF|NOREPLICAS|OOM|NOMASTERLINK|UNBLOCKED|FAILOVER)\b")
_CLUSTER = re.compile(r"\b(CROSSSLOT|MOVED|ASK|CLUSTERDOWN|TRYAGAIN)\b|not allowed in cluster mode")

_ECHO = ", with args beginning with"  # after a command that a server does not know: after AUTH, the password


def server_words(error: BaseException) -> str:
    """Return the server's message, with its code, without what it repeats of the command; "" if there is none."""
    for one in causes(error):
        code = getattr(one, "status_code", None)
        if code or isinstance(one, ResponseError):
            text = str(one)
            full = f"{code} {text}" if code and not text.startswith(code) else text
            return " ".join(full.partition(_ECHO)[0].split())[:LONGEST]
    return ""


def explained(error: RedisError | OSError, *, keys: str = "", tls: bool = False) -> str:
    """Return what happened: a refusal with the server's message and its keys, or why nothing answers."""
    if said := server_words(error):
        if _CLUSTER.search(said):
            return f"{CLUSTER}: {said}"
        about = f" ({keys})" if keys and said.startswith("NOPERM") else ""
        return f"Redis refuses: {said}{about}"
    return f"Redis does not answer as it should ({_reason(error, tls=tls)})"


def moved_on(text: str) -> bool:
    """Return whether an error says that this server is not, or not now, the one to use."""
    return bool(_ELSEWHERE.search(text))


def is_cluster(text: str) -> bool:
    """Return whether the message is that of a Redis in cluster mode."""
    return text.startswith(CLUSTER)


def _reason(error: BaseException, *, tls: bool) -> str:
    """Return the useful cause in the chain; messages of redis-py itself contain the address."""
    if wrong := mistrust(error):
        return wrong
    chain = list(causes(error))
    for one in chain:
        if isinstance(one, ssl.SSLError):
            plain = "WRONG_VERSION_NUMBER" in str(one)
            return "no TLS there: write redis:// instead of rediss://" if plain else f"TLS: {one.reason}"
        if isinstance(one, socket.gaierror):
            return f"host name: {one.strerror}"
    for one in chain:
        if isinstance(one, OSError) and one.strerror:
            text = (os.strerror(one.errno) if one.errno else one.strerror).lower()  # asyncio adds the address
            reset = tls and isinstance(one, ConnectionResetError)
            return f"{text}: does it ask for a client's certificate?" if reset else text
    if any(isinstance(one, TimeoutError | NoAnswer) for one in chain):
        return "no answer in time: does it speak TLS?" if tls else "no answer in time"
    if any(isinstance(one, InvalidResponse) for one in chain):
        named = "another protocol or another kind of server"
    else:
        named = "connection lost" if type(error) is NoConnection else type(error).__name__
    return named
