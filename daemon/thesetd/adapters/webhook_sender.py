"""Sends requests to the receivers of webhooks, whose addresses are typed in: none may lead into a private network.

A name is resolved once, each of its addresses is checked, and the connection goes to a checked address, so a name that
resolves differently a moment later (DNS rebinding) has no effect. httpcore2 follows no redirects and uses no proxy. It
is httpx2's own transport; httpx2 itself would resolve names where the result cannot be checked.

Source: IANA's registries of special-purpose addresses, by `ipaddress`; for addresses that embed an IPv4 one RFC 6052
(64:ff9b::/96), RFC 8215 (64:ff9b:1::/48, translators of private networks) and RFC 4291, 2.5.5.1 (::/96, deprecated).
"""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

import httpcore2
import trio

from thesetd import __version__
from thesetd.adapters.certificates import trust
from thesetd.domain.webhooks import Sent, WebhookTarget

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PRIVATE = (ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("::/96"))  # global for `ipaddress`
_BITS = 0xFFFFFFFF


class _Refused(Exception):
    """An address is private."""


def is_public(address: str) -> bool:
    """Return whether an address is on the public internet, including an IPv4 address embedded in an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & _BITS)
        if inner is not None:
            return is_public(str(inner))
        if any(ip in network for network in _PRIVATE):
            return False
    return ip.is_global and not ip.is_multicast


class _CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects only to checked addresses."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = httpcore2.TrioBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first allowed address of a host that answers."""
        found = await trio.socket.getaddrinfo(host, port, type=trio.socket.SOCK_STREAM)
        addresses = dict.fromkeys(str(one[4][0]) for one in found)
        allowed = [address for address in addresses if self._private or is_public(address)]
        if not allowed:
            raise _Refused
        *others, last = allowed
        for address in others:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(last, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore2's retries."""
        await trio.sleep(seconds)


class HttpWebhookSender:
    """The `WebhookSender` over the network."""

    def __init__(self) -> None:
        """Prepare a pool for public addresses and one for all.

        The pools have no size limit, which a slow receiver would use up for all: each receiver's sender limits its own
        requests, which have deadlines.
        """
        context = trust(None)
        self._pools = {
            private: httpcore2.AsyncConnectionPool(
                ssl_context=context,
                max_connections=None,
                keepalive_expiry=60.0,
                network_backend=_CheckedNetwork(private=private),
            )
            for private in (False, True)
        }

    async def aclose(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            await pool.aclose()

    async def post(self, hook: WebhookTarget, body: bytes, headers: Mapping[str, str]) -> Sent:
        """Send one request; see `thesetd.ports.webhooks.WebhookSender`."""
        try:
            with trio.fail_after(hook.timeout_s):
                return await self._post(hook, body, headers)
        except trio.TooSlowError:
            return Sent(error=f"no answer within {hook.timeout_s:g} s")
        except _Refused:
            return Sent(error="the address is private: set private = true if it is meant")
        except OSError as error:
            return Sent(error=f"the name cannot be resolved ({error.strerror or type(error).__name__})")
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
            return Sent(error=f"no connection ({type(error).__name__})")

    async def _post(self, hook: WebhookTarget, body: bytes, headers: Mapping[str, str]) -> Sent:
        sent = {"content-type": "application/json", "user-agent": f"thesetd/{__version__}", **headers}
        pool = self._pools[hook.private]
        async with pool.stream("POST", hook.url, headers=list(sent.items()), content=body) as answer:
            named = {name.lower(): value for name, value in answer.headers}
            return Sent(status=answer.status, retry_after_s=_seconds(named.get(b"retry-after", b"")))


def _seconds(value: bytes) -> float | None:
    """Read Retry-After in seconds; for a date the default pause is used."""
    return float(value) if value.isdigit() and len(value) <= 6 else None  # noqa: PLR2004 - eleven days
