"""What is added to uvicorn from outside: that it does what it is for, and whether it is still needed."""

import asyncio
import resource
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.web.server.starlette import starlette_server
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from tests.asynchronous import run
from ui import patches

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
PUT = b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n"
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture(autouse=True)
def patched():
    """The patches, for these tests alone."""
    before = [(kind, dict(vars(kind))) for kind in (HttpToolsProtocol, WebSocketsSansIOProtocol)]
    patches.bound_requests()
    patches.bound_messages()
    yield
    for kind, names in before:
        for name in [name for name, value in vars(kind).items() if names.get(name) is not value]:
            setattr(kind, name, names[name]) if name in names else delattr(kind, name)


class Wire:
    """The server's end of a connection."""

    def __init__(self):
        self.written, self.closed = b"", False

    def write(self, data):
        self.written += data

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed

    def get_extra_info(self, name):
        return None

    def pause_reading(self):
        pass

    resume_reading = set_write_buffer_limits = pause_reading


async def connected(kind, app):
    config = Config(app, log_level="critical", ws="websockets-sansio", ws_ping_interval=None)
    config.load()
    protocol = kind(config, ServerState(), {})
    protocol.connection_made(wire := Wire())
    return protocol, wire


async def answering(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def listening(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


@pytest.mark.parametrize("said", [b"", b"GET", b"GET / HTTP/1.1\r\nX: ", PUT + b"123", GET + b"GET"])
def test_a_connection_that_says_nothing_more_is_closed(monkeypatch, said):
    monkeypatch.setattr(patches, "HEAD_TIME", 0.02)
    monkeypatch.setattr(patches, "BODY_TIME", 0.02)

    async def wait():
        reader, wire = await connected(HttpToolsProtocol, answering)
        if said:
            reader.data_received(said)
        await asyncio.sleep(0.2)
        assert wire.closed
        reader.connection_lost(None)

    run(wait())


def test_a_connection_between_two_requests_is_uvicorns(monkeypatch):
    monkeypatch.setattr(patches, "HEAD_TIME", 0.02)
    monkeypatch.setattr(patches, "BODY_TIME", 0.02)

    async def wait():
        reader, wire = await connected(HttpToolsProtocol, answering)
        for _ in range(2):
            reader.data_received(PUT + b"1234567890")
            await asyncio.sleep(0.1)
        assert not wire.closed and wire.written.count(b"200 OK") == 2
        reader.connection_lost(None)

    run(wait())


def test_a_head_is_bounded_and_a_body_is_not_part_of_it():
    async def read():
        reader, wire = await connected(HttpToolsProtocol, answering)
        reader.data_received(PUT.replace(b"10", b"1000000") + b"1" * 500_000)
        assert not wire.closed
        reader.connection_lost(None)
        reader, wire = await connected(HttpToolsProtocol, answering)
        reader.data_received(b"GET /" + b"a" * 70_000)
        assert wire.closed

    run(read())


def frame(data, opcode=Opcode.BINARY, fin=True):
    return Frame(opcode, data, fin).serialize(mask=True)


async def talking():
    talk, wire = await connected(WebSocketsSansIOProtocol, listening)
    talk.data_received(UPGRADE)
    await asyncio.sleep(0.01)
    assert b"101 Switching" in wire.written
    return talk, wire


def test_a_message_that_does_not_end_is_hung_up_on(monkeypatch):
    monkeypatch.setattr(patches, "most_message", lambda: 10_000)
    monkeypatch.setattr(patches, "LEAVE_TIME", 0.01)

    async def talk():
        more = frame(b"1" * 4_000, Opcode.CONT, fin=False)
        for part in (more, frame(b"", Opcode.PING), frame(b"1" * 100, Opcode.PONG)):
            one, wire = await talking()
            one.data_received(frame(b"", fin=False))
            for _ in range(10_000):
                if patches.TOO_LONG.encode() in wire.written:
                    break
                one.data_received(part)
            assert one.close_sent and patches.TOO_LONG.encode() in wire.written
            await asyncio.sleep(0.05)
            assert wire.closed
            one.connection_lost(None)

    run(talk())


def test_many_messages_that_end_are_one_after_another(monkeypatch):
    monkeypatch.setattr(patches, "most_message", lambda: 10_000)

    async def talk():
        one, wire = await talking()
        for _ in range(10):
            one.data_received(frame(b"1" * 9_000))
            await asyncio.sleep(0)
        assert not wire.closed
        one.connection_lost(None)

    run(talk())


def test_where_all_together_are_too_much_the_longest_goes(monkeypatch):
    monkeypatch.setattr(patches, "most_message", lambda: 10_000)
    monkeypatch.setattr(patches, "MOST_UNFINISHED", 20_000)

    async def talk():
        several = [await talking() for _ in range(4)]
        for (one, _), size in zip(several, (4_000, 8_000, 5_000, 6_000), strict=True):
            one.data_received(frame(b"1" * size, fin=False))
        assert [one.close_sent for one, _ in several] == [False, True, False, False]
        assert patches.TOO_MUCH.encode() in several[1][1].written
        for one, _ in several:
            one.connection_lost(None)

    run(talk())


def test_the_process_may_open_as_many_files_as_it_is_allowed():
    """In a process of its own, which the system begins with few."""
    script = (
        "import resource as r; files = r.RLIMIT_NOFILE; r.setrlimit(files, (256, r.getrlimit(files)[1]));"
        "from ui.patches import raise_limit_of_files as f; f(); f(); print(r.getrlimit(files)[0])"
    )
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    root = Path(patches.__file__).parents[1]
    said = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert int(said.stdout) >= (10_240 if hard == resource.RLIM_INFINITY else min(10_240, hard))


def test_sessions_that_left_are_forgotten_without_another(monkeypatch):
    monkeypatch.setattr(patches, "FORGET", 0.01)
    storage = MemorySessionStorage(ttl_seconds=0.05)
    storage.save(SimpleNamespace(session=SimpleNamespace(id="a")))
    runtime = SimpleNamespace(_session_mgr=SimpleNamespace(_session_storage=storage))
    monkeypatch.setattr(patches, "get_instance", lambda: runtime)

    async def wait():
        forgetting = asyncio.create_task(patches.forget_sessions())
        await asyncio.sleep(0.3)
        forgetting.cancel()

    run(wait())
    assert not storage._cache._data


def test_they_were_tried_on_these_versions():
    """A newer one stops here: look at what each patch is for, run these tests and `tests/test_security.py`, and say so
    in `ui/patches.py` and here."""
    assert version("streamlit").startswith("1.67.") and version("uvicorn").startswith("0.54.")


def test_streamlit_still_says_none_of_it():
    """Where one of these is among Streamlit's settings, the patch for it is no longer needed."""
    settings = set(starlette_server._get_uvicorn_config_kwargs())
    assert settings == {
        "ssl_certfile", "ssl_keyfile", "ws", "ws_ping_interval", "ws_ping_timeout", "ws_max_size",
        "ws_per_message_deflate", "use_colors", "access_log",
    }  # fmt: skip
    timed = {name for name in vars(Config("")) if "timeout" in name}
    assert timed == {"timeout_keep_alive", "timeout_notify", "timeout_graceful_shutdown", "timeout_worker_healthcheck",
                     "ws_ping_timeout"}  # fmt: skip
