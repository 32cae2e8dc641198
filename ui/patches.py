"""What reaches into Streamlit's server from outside, all in one place. Tried on Streamlit 1.67.0 and uvicorn 0.54.0.

Streamlit starts uvicorn with settings of its own: there is no way to say how long a request may take to arrive, or how
much of a message may wait in memory. Each function here says what is missing; `tests/test_patches.py` says when it is
there, and the function can go.
"""

import asyncio
import contextlib
import gc
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import streamlit as st
from streamlit.runtime import get_instance
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as Reader
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol as Talk

MOST_HEAD = 64 * 2**10  # bytes of a request beside its body: as many as uvicorn's other reader takes
HEAD_TIME = 20.0  # seconds from connecting, or from a request's first byte, to the end of its head
BODY_TIME = 300.0  # and from there to its last byte: 10 MiB over a slow line
MOST_UNFINISHED = 64 * 2**20  # bytes of all messages together that are on their way
MOST_FILES = 65_536  # open at a time
TOO_LONG = "This message is too long; the page connects again by itself."
TOO_MUCH = "Too much is on its way at once; the page connects again by itself."
LEAVE_TIME = 2.0  # seconds in which a page hears why it is hung up on
FORGET = 10.0  # seconds between looks for sessions that are not coming back


def most_message() -> int:
    """Bytes of one message from a page: what Streamlit itself takes, once a message is whole."""
    return int(st.get_option("server.maxWidgetStateSize")) * 10**6


# ---- requests

_made, _received, _lost = Reader.connection_made, Reader.data_received, Reader.connection_lost
_head, _body, _whole = Reader.on_headers_complete, Reader.on_body, Reader.on_message_complete
_begin = Reader.on_message_begin


def bound_requests() -> None:
    """Hang up on a request whose address and headers never end, and on one that does not arrive in time.

    uvicorn's reader takes whatever comes, and waits for it for ever; a time limit it has only between two requests.
    """

    def within(reader: Any, seconds: float) -> None:
        arrived(reader)
        reader.patience = reader.loop.call_later(seconds, reader.transport.close)

    def arrived(reader: Any) -> None:
        if reader.patience is not None:
            reader.patience.cancel()
            reader.patience = None

    def connection_made(reader: Any, transport: asyncio.Transport) -> None:
        _made(reader, transport)
        within(reader, HEAD_TIME)

    def data_received(reader: Any, data: bytes) -> None:
        reader.beside += len(data)
        _received(reader, data)
        if reader.beside > MOST_HEAD:
            reader.transport.close()

    def on_message_begin(reader: Any) -> None:
        within(reader, HEAD_TIME)
        _begin(reader)

    def on_headers_complete(reader: Any) -> None:
        within(reader, BODY_TIME)
        _head(reader)

    def on_body(reader: Any, body: bytes) -> None:
        reader.beside -= len(body)
        _body(reader, body)

    def on_message_complete(reader: Any) -> None:
        arrived(reader)
        reader.beside = 0
        _whole(reader)

    def connection_lost(reader: Any, error: Exception | None) -> None:
        arrived(reader)
        _lost(reader, error)

    put = (connection_made, data_received, on_message_begin, on_headers_complete, on_body, on_message_complete)
    for name, value in (("beside", 0), ("patience", None), *((f.__name__, f) for f in (*put, connection_lost))):
        setattr(Reader, name, value)


# ---- websockets

_fed, _told, _ended = Talk.data_received, Talk.send_receive_event_to_app, Talk.connection_lost


def bound_messages() -> None:
    """Hang up on a message that is too long before it is whole, and on the longest where all together are too much.

    uvicorn has one limit, for which Streamlit takes that of its own messages to the page, 200 MB. What keeps a message
    waiting counts too: pings and pongs between its parts.
    """
    waiting: dict[Any, int] = {}  # bytes since the last whole message, by connection

    def data_received(talk: Any, data: bytes) -> None:
        waiting[talk] = waiting.get(talk, 0) + len(data)
        _fed(talk, data)
        if talk.close_sent:
            waiting.pop(talk, None)
            return
        if waiting.get(talk, 0) > most_message():
            hang_up(talk, 1009, TOO_LONG)
        elif sum(waiting.values()) > MOST_UNFINISHED:
            hang_up(max(waiting, key=waiting.__getitem__), 1013, TOO_MUCH)

    def send_receive_event_to_app(talk: Any) -> None:
        waiting.pop(talk, None)
        _told(talk)

    def connection_lost(talk: Any, error: Exception | None) -> None:
        waiting.pop(talk, None)
        _ended(talk, error)

    def hang_up(talk: Any, code: int, reason: str) -> None:
        waiting.pop(talk, None)
        talk.stop_keepalive()
        talk.conn.fail(code, reason)  # what still comes is read and forgotten, or the reason would not arrive
        talk.transport.write(b"".join(talk.conn.data_to_send()))
        talk.close_sent, talk.frames = True, []
        talk.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        talk.close_timer = talk.loop.call_later(LEAVE_TIME, talk.transport.close)

    for f in (data_received, send_receive_event_to_app, connection_lost):
        setattr(Talk, f.__name__, f)


# ---- descriptors


def raise_limit_of_files() -> None:
    """Let the process open as many files as it may: a session costs four, and many systems start with 256 or 1,024."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (MOST_FILES, 10_240):  # macOS allows no more than that, whatever its limit says
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        if soft == resource.RLIM_INFINITY or soft >= most:
            return
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            return


@contextlib.asynccontextmanager
async def attended() -> AsyncIterator[None]:
    """While the server runs: answers are sent at once, and sessions that have left are forgotten in time."""
    send_at_once()
    forgetting = asyncio.create_task(forget_sessions())
    yield
    forgetting.cancel()


async def forget_sessions() -> None:
    """Let go of sessions that are not coming back, with their files, as soon as their time is over.

    Streamlit looks at the clock only when another session ends.
    """
    while True:
        await asyncio.sleep(FORGET)
        get_instance()._session_mgr._session_storage._cache.expire()  # type: ignore[attr-defined]


def send_at_once() -> None:
    """Let no answer wait in the kernel until the one before it is acknowledged, 40 milliseconds for each.

    asyncio asks for this (TCP_NODELAY) on sockets that name their protocol; the one Streamlit listens on does not.
    What it accepts inherits the option.
    """
    for found in gc.get_objects():
        if type(found) is socket.socket:
            with contextlib.suppress(OSError):
                if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
