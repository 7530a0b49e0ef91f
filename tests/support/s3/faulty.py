"""An S3 store that misbehaves on demand: a proxy before the real one, standard library only.

Port 8333 takes S3 requests. Each is passed to UPSTREAM as it came (the signature covers the Host header: it stays),
unless a fault is set whose `match` finds something in "METHOD /path?query". Port 8334 is for the test:

- PUT /fault {"kind": …, "match": regex, "skip": n, "times": n or null, "status": 503, "code": "SlowDown"}: let the
  first `skip` matching requests through, then treat `times` of them (null: all) by `kind`:
  mute (accepted, never answered), reset (RST), error (an S3 error document of `status` and `code`), cut (half of the
  answer's body, then RST), slow (answered `seconds` later, as from far away), thin (`rate` bytes a second, both
  ways), unconditional (If-Match and If-None-Match are dropped: a store that ignores them).
- DELETE /fault: behave again; requests that were kept waiting are dropped.
- GET /calls: the requests seen, oldest first: request, range, received, status, sent, fault; sizes in bytes.
- DELETE /calls: forget them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import http.client
import json
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PIECE = 65_536
MUTE_SECONDS = 600
HOP_BY_HOP = {"connection", "keep-alive", "expect", "transfer-encoding"}
CONDITIONS = {"if-match", "if-none-match"}


@dataclass
class Fault:
    """What to do to which requests; `kind` pass is a store that behaves."""

    kind: str = "pass"
    match: str = ""
    skip: int = 0
    times: int | None = None
    status: int = 503
    code: str = "SlowDown"
    seconds: float = 0.0
    rate: int = 1_000_000

    def wait(self, size: int) -> None:
        """As long as so many bytes take on a slow line."""
        if self.kind == "thin":
            time.sleep(size / self.rate)


@dataclass
class Call:
    """One request as it was seen; `status` 0 where none was answered."""

    request: str
    range: str
    received: int = 0
    status: int = 0
    sent: int = 0
    fault: str = ""


class State:
    """The fault in force and the calls seen, shared by the threads of both servers."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.fault = Fault()
        self.released = threading.Event()
        self.calls: list[Call] = []

    def set(self, fault: Fault) -> None:
        """Put a fault in force; requests that the one before kept waiting are dropped."""
        with self.lock:
            self.released.set()
            self.fault, self.released = fault, threading.Event()

    def take(self, call: Call) -> tuple[Fault, threading.Event]:
        """Record a call and say which fault it meets."""
        with self.lock:
            self.calls.append(call)
            fault = self.fault
            if fault.kind == "pass" or not re.search(fault.match, call.request) or fault.times == 0:
                return Fault(), self.released
            if fault.skip > 0:
                fault.skip -= 1
                return Fault(), self.released
            if fault.times is not None:
                fault.times -= 1
            call.fault = fault.kind
            return Fault(**asdict(fault)), self.released


def signed_again(method: str, target: str, headers: dict[str, str], access_key: str, secret_key: str) -> dict[str, str]:
    """The headers with a new AWS Signature Version 4 over Host and x-amz-*: without a signed header the old one fails.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    """
    region = re.search(r"Credential=[^/]+/\d+/([^/]+)/", headers.get("authorization", ""))
    scope_region = region.group(1) if region else "us-east-1"
    moment = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {**headers, "x-amz-date": moment}
    covered = sorted(name for name in headers if name == "host" or name.startswith("x-amz-"))
    path, _, query = target.partition("?")
    pairs = sorted(part if "=" in part else f"{part}=" for part in query.split("&") if part)
    canonical = "\n".join(
        [
            method,
            path,
            "&".join(pairs),
            *(f"{name}:{headers[name].strip()}" for name in covered),
            "",
            ";".join(covered),
            headers["x-amz-content-sha256"],
        ]
    )
    scope = f"{moment[:8]}/{scope_region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    credential = f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}"
    return {**headers, "authorization": f"{credential}, SignedHeaders={';'.join(covered)}, Signature={signature}"}


class Quiet(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive and without a line on stderr for each request."""

    protocol_version = "HTTP/1.1"
    # Head and body leave in two pieces: with Nagle's algorithm the second would wait 40 ms for the first one's receipt.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing: the calls are recorded."""

    def answer(self, status: int, body: bytes, content_type: str) -> None:
        """Send one whole answer."""
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Store(Quiet):
    """One S3 request: recorded, then passed on or mistreated."""

    state: State
    upstream: str
    keys: tuple[str, str]

    def serve(self) -> None:
        """Take one request of any method."""
        call = Call(f"{self.command} {self.path}", self.headers.get("Range", ""))
        fault, released = self.state.take(call)
        if fault.kind == "mute":
            released.wait(MUTE_SECONDS)
            self.reset()
        elif fault.kind == "reset":
            self.reset()
        elif fault.kind == "slow":
            time.sleep(fault.seconds)
            self.relay(call, fault)
        elif fault.kind == "error":
            call.received = sum(map(len, self.body()))
            call.status = fault.status
            text = f"<Error><Code>{fault.code}</Code><Message>{fault.code}</Message></Error>"
            self.answer(fault.status, b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode(), "application/xml")
        else:
            self.relay(call, fault)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve  # noqa: N815 - the names http.server calls

    def reset(self) -> None:
        """Close with RST in place of FIN: the peer sees "connection reset"."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Not socket.close(): the server would send a FIN first, and the reader's reference would keep the socket open.
        os.close(self.connection.detach())

    def body(self) -> Iterator[bytes]:
        """The pieces of the request's body, with its length given or chunked."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return
        left = int(self.headers.get("Content-Length", "0"))
        while left and (piece := self.rfile.read(min(PIECE, left))):
            left -= len(piece)
            yield piece

    def relay(self, call: Call, fault: Fault) -> None:
        """Pass the request on and its answer back, piece by piece."""
        chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        headers = {name.lower(): value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        if fault.kind == "unconditional":
            headers = {name: value for name, value in headers.items() if name not in CONDITIONS}
            headers = signed_again(self.command, self.path, headers, *self.keys)
        there = http.client.HTTPConnection(self.upstream, timeout=120)
        try:
            there.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                there.putheader(name, value)
            if chunked:
                there.putheader("Transfer-Encoding", "chunked")
            there.endheaders()
            for piece in self.body():
                call.received += len(piece)
                fault.wait(len(piece))
                there.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                there.send(b"0\r\n\r\n")
            self.relay_answer(there.getresponse(), call, fault)
        finally:
            there.close()

    def relay_answer(self, response: http.client.HTTPResponse, call: Call, fault: Fault) -> None:
        """Send the answer on; with `cut`, half of its body and then RST."""
        call.status = response.status
        length = response.getheader("Content-Length")
        whole = b"" if length is not None or self.command == "HEAD" else response.read()
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if length is None and self.command != "HEAD" and response.status != 204:
            self.send_header("Content-Length", str(len(whole)))
        self.end_headers()
        limit = int(length or len(whole)) // 2 if fault.kind == "cut" else None
        pieces = [whole] if whole else iter(lambda: response.read(PIECE), b"")
        for piece in pieces:
            part = piece if limit is None else piece[: max(0, limit - call.sent)]
            self.wfile.write(part)
            call.sent += len(part)
            fault.wait(len(part))
            if limit is not None and call.sent >= limit:
                self.reset()
                return


class Control(Quiet):
    """What the test says and asks."""

    state: State

    def do_GET(self) -> None:
        """The calls seen, as JSON; any path."""
        with self.state.lock:
            calls = [asdict(call) for call in self.state.calls]
        self.answer(200, json.dumps(calls).encode(), "application/json")

    def do_PUT(self) -> None:
        """Put a fault in force."""
        self.state.set(Fault(**json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        self.answer(200, b"{}", "application/json")

    def do_DELETE(self) -> None:
        """Take the fault away, or forget the calls."""
        if self.path == "/fault":
            self.state.set(Fault())
        else:
            with self.state.lock:
                self.state.calls.clear()
        self.answer(200, b"{}", "application/json")


class Server(ThreadingHTTPServer):
    """Threads that die with the process, and a backlog for many clients at once."""

    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news here."""


def main() -> None:
    """Serve both ports until the container stops."""
    writer = json.loads(Path("/opt/s3.json").read_text(encoding="utf-8"))["identities"][0]["credentials"][0]
    Store.state = Control.state = State()
    Store.upstream = os.environ["UPSTREAM"]
    Store.keys = (writer["accessKey"], writer["secretKey"])
    threading.Thread(target=Server(("0.0.0.0", 8334), Control).serve_forever, daemon=True).start()
    Server(("0.0.0.0", 8333), Store).serve_forever()


if __name__ == "__main__":
    main()
