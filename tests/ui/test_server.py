"""What the server hands out: slices computed once for all who ask, and files from memory."""

import asyncio
import gzip
import json
import struct
import threading

import numpy as np
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from engine import Experiment
from tests.asynchronous import run
from tests.ui.test_slices import unpack
from ui.delivery import ASK_AGAIN, Delivery, Folder
from ui.stage import server
from ui.stage.answers import Answer, answering
from ui.stage.server import Answers, slice_of_run
from ui.workers import Workers, finish

QUERY = "_from=2&_count=9&_stride=3&_sample=1&_losses=2&v=1&hidden=tanh"
WAIT = 30


class Gate:
    """Answers of a server whose computing waits at a gate, and is counted."""

    def __init__(self, monkeypatch, budget=10**6):
        self.open, self.begun, self.closed = threading.Event(), threading.Event(), threading.Event()
        self.count = 0
        self.workers = Workers(threads=1)
        self.answers = Answers(self.ask, budget)
        monkeypatch.setattr(server, "ANSWERS", self.answers)

    async def ask(self, query, packed):
        return await asyncio.wrap_future(self.workers.submit(self.answering(query)))

    def answering(self, query):
        self.count += 1
        try:
            while not self.open.is_set():
                yield 0.0
                self.begun.set()
                self.open.wait(0.01)
        finally:
            self.closed.set()
        return Answer(query.encode() * 10)


def test_what_is_sent_compressed_is_the_same_slice():
    plain, packed = (finish(answering(QUERY, packed)).body for packed in (False, True))
    packed = gzip.decompress(packed)
    header, rows, losses, tests, pictures = unpack(plain)
    moved, *same, changes = unpack(packed)
    assert (header["moves"], moved["moves"]) == (False, True)
    for a, b in zip((rows, losses, tests), same, strict=True):
        assert a.tobytes() == b.tobytes()
    assert np.array_equal(np.cumsum(changes, axis=0, dtype=np.uint8), pictures)


def test_the_same_slice_for_many_is_computed_once(monkeypatch):
    gate = Gate(monkeypatch)

    async def classroom():
        waiting = [asyncio.ensure_future(gate.answers.get("a", True)) for _ in range(50)]
        await asyncio.sleep(0)
        gate.open.set()
        return await asyncio.gather(*waiting)

    found = run(classroom())
    assert gate.count == 1
    assert {a.body for a in found} == {b"a" * 10}
    assert gate.answers.kept("a", True) is found[0]
    assert gate.answers.kept("a", False) is None
    assert not gate.answers._coming


def test_slices_are_kept_within_the_budget(monkeypatch):
    gate = Gate(monkeypatch, budget=38)
    gate.open.set()

    async def ask():
        for query in "abcabd":
            assert (gate.answers.kept(query, False) or await gate.answers.get(query, False)).body == query.encode() * 10

    run(ask())
    assert gate.count == 4
    assert [query for (query, _), _ in gate.answers._kept.items()] == ["a", "b", "d"]
    assert gate.answers._kept.nbytes == 33  # queries count too


def request(disconnect, query=QUERY):
    sent = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        if sent:
            return sent.pop()
        await disconnect.wait()
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "method": "GET", "path": "/stage/slice", "query_string": query.encode(),
        "headers": [(b"accept-encoding", b"gzip"), (b"host", b"localhost")], "server": ("localhost", 80),
        "scheme": "http",
    }  # fmt: skip
    return Request(scope, receive)


def test_who_hangs_up_is_not_computed_for(monkeypatch):
    gate = Gate(monkeypatch)

    async def hang_up():
        disconnect = asyncio.Event()
        asked = asyncio.ensure_future(slice_of_run(request(disconnect)))
        assert await asyncio.to_thread(gate.begun.wait, WAIT)
        disconnect.set()
        return await asked

    assert run(hang_up()).status_code == 499
    assert gate.closed.wait(WAIT)  # given up, though the gate never opened
    assert not gate.open.is_set()
    assert not gate.answers._coming


def test_one_who_hangs_up_leaves_the_others_their_answer(monkeypatch):
    gate = Gate(monkeypatch)

    async def hang_up():
        disconnect = asyncio.Event()
        leaves = asyncio.ensure_future(slice_of_run(request(disconnect)))
        stays = asyncio.ensure_future(slice_of_run(request(asyncio.Event())))
        assert await asyncio.to_thread(gate.begun.wait, WAIT)
        disconnect.set()
        assert (await leaves).status_code == 499
        gate.open.set()
        return await stays

    assert run(hang_up()).body == QUERY.encode() * 10
    assert gate.count == 1


def test_a_slice_over_the_wire():
    async def ask():
        async with server.computing():
            return [await slice_of_run(request(asyncio.Event(), query)) for query in (QUERY, "_from=x")]

    response, refused = run(ask())
    assert (response.status_code, response.headers["content-encoding"]) == (200, "gzip")
    assert unpack(gzip.decompress(response.body))[0]["count"] == 9
    assert refused.status_code == 400
    assert "content-encoding" not in refused.headers


def test_a_heavy_slice_to_compare_is_packed_a_few_rows_at_a_time():
    e = Experiment.for_dataset("moons", samples=2000, hidden_sizes=(8,) * 9)
    reply = finish(answering(f"_from=0&_count=4&_compare=1&_sample=1999&{e.to_query()}", packed=False)).body
    (size,) = struct.unpack_from("<I", reply)
    assert json.loads(reply[4 : 4 + size])["count"] == 4


# ---- files


def get(app, path, **headers):
    async def ask():
        sent = []

        async def send(message):
            sent.append(message)

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]}  # fmt: skip
        await app(scope, receive, send)
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], head, b"".join(m.get("body", b"") for m in sent[1:])

    return run(ask())


@pytest.fixture
def files(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "long.js").write_text("let a = 1;\n" * 500)
    (tmp_path / "short.css").write_text("a {}")
    (tmp_path / "secret.py").write_text("1")
    return tmp_path


def test_files_come_from_memory_compressed_once(files):
    app = Delivery(PlainTextResponse("Streamlit's"), [("/web/", Folder(files, ASK_AGAIN))], base="/base")
    status, head, body = get(app, "/base/web/deep/long.js", accept_encoding="br, gzip")
    assert (status, head["content-encoding"], head["cache-control"]) == (200, "gzip", ASK_AGAIN)
    assert head["content-type"].startswith("text/javascript")
    assert gzip.decompress(body) == (files / "deep" / "long.js").read_bytes()
    assert int(head["content-length"]) == len(body) < 500
    status, head, body = get(app, "/base/web/deep/long.js")
    assert "content-encoding" not in head
    assert body == (files / "deep" / "long.js").read_bytes()
    assert get(app, "/base/web/deep/long.js", if_none_match=head["etag"])[0::2] == (304, b"")
    assert get(app, "/base/web/short.css", accept_encoding="gzip")[2] == b"a {}"


def test_a_file_that_changes_is_read_again(files):
    app = Delivery(PlainTextResponse("Streamlit's"), [("/web/", Folder(files, ASK_AGAIN))])
    before = get(app, "/web/short.css")[1]["etag"]
    (files / "short.css").write_text("b { }")
    status, _, body = get(app, "/web/short.css", if_none_match=before)
    assert (status, body) == (200, b"b { }")
    (files / "short.css").unlink()
    assert get(app, "/web/short.css")[2] == b"Streamlit's"


@pytest.mark.parametrize("path", ["/web/secret.py", "/web/../secret.py", "/web/deep/../short.css", "/web/", "/web//"])
def test_nothing_else_is_answered(files, path):
    app = Delivery(PlainTextResponse("Streamlit's"), [("/web/", Folder(files, ASK_AGAIN))])
    assert get(app, path)[2] == b"Streamlit's"
