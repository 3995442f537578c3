"""The client of the control surface: HTTP/1.1 by the standard library, which starts quickly."""

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlencode

from thesetd.ctl.doors import Door
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.domain.documents import read_document, written
from thesetd.ports.surface.endpoints import ApiRoute

ANSWER_TIMEOUT_S = 60.0  # phase 1 of an import is answered in 3 s; a provider's deadline may follow
SILENCE_TIMEOUT_S = 40.0  # the daemon sends something at least every 15 s


class ReplyDocument(dict[str, Any]):
    """A parsed document, with exactly the members of its class; `raw` is the JSON that was sent."""

    def __init__(self, document: Mapping[str, Any], raw: Mapping[str, Any]) -> None:
        """Keep both."""
        super().__init__(document)
        self.raw = raw


class DaemonClient:
    """The daemon behind one door, with requests in JSON."""

    def __init__(self, door: Door) -> None:
        """Take the door to it; each request opens its own connection."""
        self.door = door

    def ask(
        self,
        row: ApiRoute[Any],
        body: Any = None,
        *,
        query: Sequence[tuple[str, object]] = (),
        **parameters: object,
    ) -> ReplyDocument:
        """Send the request of a row of the table of routes.

        Args:
            row: the route.
            body: the document that it takes, None if it takes none.
            query: names and values, which may repeat.
            parameters: those of the path.

        Raises:
            Unreachable: nothing listens there, or not thesetd; nothing was done.
            Broken: the connection was lost, and it is unknown whether the request was carried out; or the answer is
                malformed.
            ProblemReply: the daemon refuses.
            UnicodeEncodeError: the target or the document holds lone surrogates; nothing was sent.
        """
        target = row.at(**parameters) + (f"?{urlencode(query)}" if query else "")
        raw = self._ask(row.method, target, None if body is None else json.dumps(body, ensure_ascii=False).encode())
        try:
            return ReplyDocument(written(read_document(row.answers, raw)), raw)
        except (KeyError, TypeError, ValueError) as error:
            raise Broken(f"unexpected response ({error}): is the daemon older?") from error

    @contextmanager
    def stream(self, target: str, after: int | None) -> Iterator[Iterator[dict[str, Any] | None]]:
        """Open a stream of progress events: each as its JSON, and None for a keep-alive comment, until it ends.

        Args:
            target: the stream.
            after: the sequence number of the last event seen; None lets the daemon choose the beginning.

        Raises:
            Unreachable, Broken, ProblemReply: as in `ask`, also while the stream is read.
        """
        headers = {"Accept": "text/event-stream"} | ({} if after is None else {"Last-Event-ID": str(after)})
        with self._response("GET", target, None, headers, SILENCE_TIMEOUT_S) as response:
            yield _events(response)

    def _ask(self, method: str, target: str, body: bytes | None = None) -> Any:
        headers = {"Content-Type": "application/json"} if body else {}
        with self._response(method, target, body, headers, ANSWER_TIMEOUT_S) as response:
            return json.loads(response.read())

    @contextmanager
    def _response(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float
    ) -> Iterator[http.client.HTTPResponse]:
        connection = self.door.connection(timeout_s)
        try:
            self._connect(connection)
            # A daemon that refuses early may close before it has read everything; its answer has arrived nevertheless.
            with suppress(BrokenPipeError):
                connection.request(method, self.door.prefix + target, body, {**headers, **self.door.headers})
            response = connection.getresponse()
            # /health answers 503 with its checks, which is not a problem document.
            if response.status >= http.client.BAD_REQUEST and response.headers.get_content_type() != "application/json":
                hint = response.headers.get("retry-after", "")
                raise ProblemReply(response.status, _problem(response), float(hint) if hint.isdecimal() else None)
            yield response
        except http.client.RemoteDisconnected as error:
            raise Broken("the daemon closed the connection") from error
        except http.client.BadStatusLine as error:
            raise Unreachable(f"the server at {self.door} does not speak HTTP: is it thesetd?") from error
        except TimeoutError as error:
            raise Broken(f"no response from the daemon for {timeout_s:.0f} s") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Broken(f"the connection to the daemon broke ({str(error) or type(error).__name__})") from error
        finally:
            connection.close()

    def _connect(self, connection: http.client.HTTPConnection) -> None:
        try:
            connection.connect()
        except OSError as error:
            raise Unreachable(self.door.hint(error)) from error


def _events(response: http.client.HTTPResponse) -> Iterator[dict[str, Any] | None]:
    """Read server-sent events: the JSON of each one's data, None for a comment; events without data are skipped."""
    data: list[str] = []
    for raw in response:
        line = raw.decode().rstrip("\r\n")
        if line.startswith(":"):
            yield None
        elif line.startswith("data:"):
            data.append(line.removeprefix("data:"))
        elif not line and data:
            yield json.loads("\n".join(data))
            data = []


def _problem(response: http.client.HTTPResponse) -> Mapping[str, Any]:
    try:
        document = json.loads(response.read())
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
