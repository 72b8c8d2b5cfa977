"""Web server of the demo: the page, its script, and the people of pictures that the page sends.

`http.server` of the standard library rather than a framework: there is one client program and one slow resource, the
network, which runs one picture at a time; and the limits below need the socket. Every request is a connection and a
thread of its own (HTTP/1.0).

Other web pages in the same browser can reach a server of this machine. What keeps them out: the address is loopback
only; the header `Host` must name this machine, which a foreign name that resolves to 127.0.0.1 (DNS rebinding) does
not; the header `Origin` must be that of the page; and the content type is one that browsers send to other origins only
after asking by `OPTIONS`, which is not answered.
"""

import contextlib
import errno
import json
import re
import secrets
import socket
import sys
import threading
import traceback
import urllib.parse
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tfpose import pictures
from tfpose.commands.pages import html

ADDRESS = "127.0.0.1"
HOST = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]+)?", re.IGNORECASE)  # Any port: it may be forwarded by SSH.
BINARY = "application/octet-stream"
MAX_CONNECTIONS = 16  # At once; each may hold `max_bytes` in memory. Browsers open six.
CHUNK = 1 << 16  # Bytes


class Refused(Exception):
    """A request that is not answered: the status, and the reason for the user."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class Server(ThreadingHTTPServer):
    """Serves the demo on the loopback interface.

    Args:
        port: The port; 0 for any that is free.
        limits: Has `max_bytes` and `max_pixels` of a picture, and `timeout` in seconds: to receive a request, and to
            wait for the network.
        models: List of `finding.Model`, one or two; may be set later, before requests are answered.

    Raises:
        ValueError: If the port is in use.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port, limits, models=()):
        self.limits, self.models = limits, models
        self.network = threading.Lock()  # One picture at a time is decoded and looked at.
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        try:
            super().__init__((ADDRESS, port), Handler)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise ValueError(
                f"`--port` must be free; --port=0 finds one. Received: {port}, {error.strerror.lower()}."
            ) from error

    def process_request(self, request, client_address):
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request, client_address):
        """Prints errors of the server as the base class does, but not those of clients that went away."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server_version, sys_version = "tfpose", ""

    def setup(self):
        super().setup()
        self._unread = 0  # Bytes of the request that are still to come.
        # A limit of each `recv` alone would let a client that sends a byte now and then hold its place for ever.
        self._deadline = threading.Timer(self.server.limits.timeout, self._stop_reading)
        self._deadline.daemon = True
        self._deadline.start()

    def finish(self):
        self._deadline.cancel()
        super().finish()

    def do_GET(self):
        self._answer(self._page)

    def do_POST(self):
        self._answer(self._people)

    def log_message(self, format, *args):
        """Prints nothing about requests."""

    def _answer(self, reply):
        """Sends a reply, or why there is none."""
        try:
            self._check_host()
            reply()
        except Refused as refused:
            self._send_json(refused.status, {"error": str(refused)})
            self._discard()
        except OSError:  # The client went away.
            raise
        except Exception:
            traceback.print_exc()
            self._send_json(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "The server failed; see its terminal."})

    def _check_host(self):
        host = self.headers.get("Host", "")
        if not HOST.fullmatch(host):
            raise Refused(
                HTTPStatus.MISDIRECTED_REQUEST, f"The host must be {ADDRESS} or localhost. Received: {host!r}."
            )
        if self.headers.get("Origin", f"http://{host}") != f"http://{host}":
            raise Refused(HTTPStatus.FORBIDDEN, "Requests of other web pages are refused.")

    def _page(self):
        path = urllib.parse.urlsplit(self.path).path
        if path != "/":
            raise Refused(HTTPStatus.NOT_FOUND, f"There is no {path}.")
        nonce = secrets.token_urlsafe(16)
        limits = self.server.limits
        settings = {
            "models": [model.describe() for model in self.server.models],
            "max_bytes": limits.max_bytes,
            "max_pixels": limits.max_pixels,
        }
        page = html.render("demo.html", settings=settings, nonce=nonce)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src blob: data:; "
            "media-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        headers = {"Content-Security-Policy": policy, "Permissions-Policy": "camera=(self), microphone=()"}
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", page.encode("utf-8"), headers)

    def _people(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path != "/people":
            raise Refused(HTTPStatus.NOT_FOUND, f"There is no {url.path}.")
        number = urllib.parse.parse_qs(url.query).get("model", ["0"])[-1]
        if number not in map(str, range(len(self.server.models))):
            raise Refused(HTTPStatus.NOT_FOUND, f"There is no model {number}.")
        body = self._body()
        if not self.server.network.acquire(timeout=self.server.limits.timeout):
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "The network is busy with other pictures; try again.")
        try:
            found = self.server.models[int(number)].find(body)
        except pictures.UnusableError as error:
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{error}."[0].upper() + f"{error}."[1:]) from error
        finally:
            self.server.network.release()
        self._send_json(HTTPStatus.OK, found)

    def _body(self):
        """The bytes of the picture."""
        length, limit = self.headers.get("Content-Length", ""), self.server.limits.max_bytes
        if not (length.isascii() and length.isdecimal()):
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "The request must state its length.")
        self._unread = int(length)
        if self._unread > limit:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"More than {limit:,} bytes, see --max_bytes.")
        if self.headers.get("Content-Type") != BINARY:
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The content type must be {BINARY}.")
        body = b"".join(self._chunks())
        if self._unread:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "The picture did not arrive in time.")
        self._deadline.cancel()
        return body

    def _chunks(self):
        """Yields what is still to come, up to its end, the end of the connection, or the deadline."""
        while self._unread and (chunk := self.rfile.read(min(CHUNK, self._unread))):
            self._unread -= len(chunk)
            yield chunk

    def _discard(self):
        """Reads the rest of a refused request: closed with bytes unread, a connection is reset, and the reply lost."""
        for _ in self._chunks():
            pass

    def _stop_reading(self):
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RD)

    def _send_json(self, status, content):
        self._send(status, "application/json", json.dumps(content).encode("utf-8"), {})

    def _send(self, status, content_type, content, headers):
        self.send_response(status)
        own = {
            "Content-Type": content_type,
            "Content-Length": str(len(content)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        for name, value in (own | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
