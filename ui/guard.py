"""Who may talk to the server from a browser, and what a page may load: nothing from another host.

The rules are those of CSP level 3 (https://www.w3.org/TR/CSP3/). Three of them are wider than one would wish, for
Streamlit's own client: it imports a component's script from a blob, sets styles inside the page, and counts 64-bit
numbers of its messages with a few bytes of WebAssembly.
"""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as Reader

MOST_HEAD = 64 * 2**10  # bytes of a request beside its body: as many as uvicorn's other reader takes
_INDEX = Path(st.__file__).parent / "static" / "index.html"


def inline_scripts(page: str) -> list[str]:
    """The hashes, as CSP writes them, of the scripts that stand inside an HTML page."""
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts]


def policy() -> str:
    """The Content-Security-Policy: only this server, and of scripts inside the page only those it is shipped with."""
    rules = {
        "default-src": ["'self'"],
        "script-src": ["'self'", "blob:", "'wasm-unsafe-eval'", *inline_scripts(_INDEX.read_text(encoding="utf-8"))],
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
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def same_origin(headers: Headers) -> bool:
    """Whether a request comes from a page of this server, or of one that `server.corsAllowedOrigins` names.

    Programs that are no browsers send no origin.
    """
    origin = headers.get("origin")
    if origin is None or origin in (st.get_option("server.corsAllowedOrigins") or []):
        return True
    return origin.partition("://")[2] == headers.get("host")


class Guard:
    """ASGI middleware: puts `HEADERS` on every answer, and refuses the websockets of other sites' pages.

    Streamlit refuses those too, but first asks a host on the internet for its own address, and waits.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if scope["type"] == "websocket" and not same_origin(Headers(scope=scope)):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


_received, _body, _complete = Reader.data_received, Reader.on_body, Reader.on_message_complete


def bound_heads() -> None:
    """Hang up on a request whose address and headers never end.

    Streamlit starts uvicorn with settings of its own, and uvicorn's reader of requests takes whatever comes.
    """

    def data_received(reader: Any, data: bytes) -> None:
        reader.beside += len(data)
        _received(reader, data)
        if reader.beside > MOST_HEAD:
            reader.transport.close()

    def on_body(reader: Any, body: bytes) -> None:
        reader.beside -= len(body)
        _body(reader, body)

    def on_message_complete(reader: Any) -> None:
        reader.beside = 0
        _complete(reader)

    for name, value in (("beside", 0), *((f.__name__, f) for f in (data_received, on_body, on_message_complete))):
        setattr(Reader, name, value)
