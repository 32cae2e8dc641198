"""Who may talk to the server, how much at a time, and what a page may load: nothing from another host.

The rules of what a page may load are those of CSP level 3 (https://www.w3.org/TR/CSP3/). Three of them are wider than
one would wish, for Streamlit's own client: it imports a component's script from a blob, sets styles inside the page,
and counts 64-bit numbers of its messages with a few bytes of WebAssembly.
"""

import asyncio
import base64
import hashlib
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from socket import gethostname

import streamlit as st
from google.protobuf.message import DecodeError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg

# ---- what a page may load


def inline_scripts(page: str) -> list[str]:
    """The hashes, as CSP writes them, of the scripts that stand inside an HTML page."""
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts]


def policy(page: str) -> str:
    """The Content-Security-Policy: only this server, and of scripts inside the page only those it is sent with."""
    rules = {
        "default-src": ["'self'"],
        "script-src": ["'self'", "blob:", "'wasm-unsafe-eval'", *inline_scripts(page)],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "frame-src": ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}

# ---- what it is called

HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?")
EVERYWHERE = ("0.0.0.0", "::")


class Names:
    """What the server may be called in an address: a page of another name that leads here is not ours (DNS rebinding).

    Always: this machine alone, and what `server.allowedHosts`, `server.address` and `browser.serverAddress` say. Who
    listens for others is also found by the machine's own name and by any number, which no other site can be called.
    """

    def __init__(self, address: str, others: Iterable[str] = (), machine: str | None = None) -> None:
        machine = (machine if machine is not None else gethostname()).lower()
        self.alone = address in ("localhost", "127.0.0.1", "::1")
        own = [] if self.alone else [machine, machine.partition(".")[0], f"{machine.partition('.')[0]}.local"]
        said = " ".join(["localhost", address, *own, *others]).replace(",", " ").lower()
        self.names = {name.rstrip(".") for name in said.split()}

    @classmethod
    def configured(cls) -> "Names":
        """As the settings say."""
        said = st.get_option("browser.serverAddress") if config.is_manually_set("browser.serverAddress") else ""
        return cls(st.get_option("server.address") or "0.0.0.0", [said, *st.get_option("server.allowedHosts")])

    def __contains__(self, host: str | None) -> bool:
        found = HOST.fullmatch((host or "").lower())
        if found is None:
            return False
        name = found[1].rstrip(".")
        with suppress(ValueError):
            number = ip_address(name.strip("[]"))
            return not self.alone or number.is_loopback or str(number) in self.names or "*" in self.names
        return any(name == own or own == "*" or (own[:2] == "*." and name.endswith(own[1:])) for own in self.names)


def not_ours(host: str | None) -> Response:
    """What is said to who came by another name."""
    found = HOST.fullmatch((host or "").lower())
    name = found[1] if found else "NAME"
    return PlainTextResponse(
        f"Expected an address that this server knows as its own, got “{name}”. "
        f"If it is right, start the server with --server.allowedHosts {name}.",
        421,
    )


# ---- which sites' pages may ask


def allowed_origin(origin: str | None) -> bool:
    """Whether `server.corsAllowedOrigins` names it."""
    return origin is not None and origin in (st.get_option("server.corsAllowedOrigins") or [])


def same_origin(headers: Headers) -> bool:
    """Whether a request comes from a page of this server, or of one that `server.corsAllowedOrigins` names.

    Programs that are no browsers send no origin.
    """
    origin = headers.get("origin")
    if origin is None or allowed_origin(origin):
        return True
    scheme, _, host = origin.partition("://")
    return scheme in ("http", "https") and host == headers.get("host")


def foreign(headers: Headers, page: bool) -> bool:
    """Whether another site's page asks for this; a link to one of our pages is for everyone to follow."""
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none") or allowed_origin(headers.get("origin")):
        return False
    return not (page and headers.get("sec-fetch-mode") == "navigate")


# ---- what of Streamlit's own is used; what a later one brings is closed until it is named here

OPEN = ("/_stcore/health", "/_stcore/host-config", "/_stcore/stream", "/_stcore/upload_file/")
CLOSED = ("/_stcore/", "/component/", "/auth/", "/oauth2callback", "/app/static/")
HEARD = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}
DONE = {"deferred_file", "dataframe_chunk"}  # of operations: a file that is made when it is pressed, rows of a table


def closed(path: str) -> bool:
    """Whether Streamlit would answer there with something that the app does not use."""
    return path.startswith(CLOSED) and not path.startswith(OPEN)


def heard(data: bytes) -> bool:
    """Whether a message asks for something that the app does; raises `DecodeError` for what is no message."""
    message = BackMsg.FromString(data)
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in DONE
    return kind in HEARD


# ---- how much at a time

RATE = 30.0  # messages a second; a page sends a few
BURST = 100.0
HEAVY = 64 * 2**10  # bytes that count as another message
TOO_MANY = "Too many messages at once; the page connects again by itself."
NO_MESSAGE = "Expected a message of this app's page."


class Allowance:
    """What one connection may send now: so much a second, saved up to a burst."""

    def __init__(self, now: float) -> None:
        self.left, self.since = BURST, now

    def take(self, size: int, now: float) -> bool:
        """Whether a message of so many bytes is within it."""
        self.left = min(BURST, self.left + RATE * (now - self.since)) - 1 - size / HEAVY
        self.since = now
        return self.left >= 0


class Guard:
    """ASGI middleware: puts headers on every answer, and lets in whom the rules above let in."""

    def __init__(self, app: ASGIApp, page: str, base: str = "", names: Names | None = None) -> None:
        self.app = app
        self.base = base
        self.names = Names.configured() if names is None else names
        self.headers = {"Content-Security-Policy": policy(page), **HEADERS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._talk(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        headers = Headers(scope=scope)
        path = scope["path"].removeprefix(self.base)
        app: ASGIApp = self.app
        if headers.get("host") not in self.names:
            app = not_ours(headers.get("host"))
        elif closed(path):
            app = PlainTextResponse("Not found.", 404)
        elif foreign(headers, page=not path.startswith(("/stage/", "/media/", "/_stcore/"))):
            app = PlainTextResponse("Pages of other sites may link here, but not ask.", 403)
        await app(scope, receive, with_headers)

    async def _talk(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Messages of a page, each in its turn among those of all pages."""
        headers = Headers(scope=scope)
        if headers.get("host") not in self.names or not same_origin(headers):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        allowance = Allowance(time.monotonic())
        over = False

        async def bounded() -> Message:
            nonlocal over
            while (message := await receive())["type"] == "websocket.receive":
                data = message.get("bytes") or b""
                try:
                    asked = heard(data)
                except DecodeError:
                    code, reason = 1007, NO_MESSAGE
                    break
                if not allowance.take(len(data), time.monotonic()):
                    code, reason = 1008, TOO_MANY
                    break
                await asyncio.sleep(0)  # the next of the others comes first
                if asked:
                    return message
            else:
                return message
            over = True
            await send({"type": "websocket.close", "code": code, "reason": reason})
            return {"type": "websocket.disconnect", "code": code, "reason": reason}

        async def until_over(message: Message) -> None:
            if over:
                raise OSError("the connection is closed")
            await send(message)

        await self.app(scope, bounded, until_over)
