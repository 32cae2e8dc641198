"""Uploads are bounded in sum, and what no page takes is dropped."""

import asyncio

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from tests.asynchronous import run
from ui import uploads
from ui.uploads import PATH, Uploads


@pytest.fixture
def kept(monkeypatch):
    manager = MemoryUploadedFileManager(PATH)
    monkeypatch.setattr(uploads, "files", lambda: manager)
    return manager


def put(manager, gate=None):
    """An app that keeps 100 bytes under the path it is asked for, when the gate is open."""

    async def app(scope, receive, send):
        if scope["method"] == "PUT":
            if gate:
                await gate.wait()
            session, file = scope["path"].removeprefix(PATH).split("/")
            manager.add_file(session, UploadedFileRec(file, "a.csv", "text/csv", bytes(100)))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


async def ask(app, path, method="PUT"):
    sent = []

    async def send(message):
        sent.append(message)

    await app({"type": "http", "method": method, "path": path, "headers": []}, None, send)
    return sent[0]["status"]


def there(manager):
    return [f"{session}/{file}" for session, held in manager.file_storage.items() for file in held]


def test_of_one_session_the_newest_are_kept(kept, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_OF_SESSION", 250)

    async def todo():
        app = Uploads(put(kept))
        assert await ask(app, f"{PATH}b/1") == 204
        for file in range(5):
            assert await ask(app, f"{PATH}a/{file}") == 204

    run(todo())
    assert there(kept) == ["b/1", "a/3", "a/4"]


def test_of_all_sessions_the_newest_are_kept_and_what_was_taken_does_not_count(kept, monkeypatch):
    monkeypatch.setattr(uploads, "MOST", 350)

    async def todo():
        app = Uploads(put(kept))
        for session in "abcdef":
            await ask(app, f"{PATH}{session}/1")
            if session in "bc":
                kept.remove_file(session, "1")

    run(todo())
    assert there(kept) == ["d/1", "e/1", "f/1"]


def test_what_no_page_takes_is_dropped_after_a_while(kept, monkeypatch):
    monkeypatch.setattr(uploads, "PATIENCE", 0.0)

    async def todo():
        await ask(Uploads(put(kept), "/base"), f"{PATH}a/1")  # another path: not ours
        await ask(Uploads(put(kept)), f"{PATH}a/2")
        await asyncio.sleep(0.01)

    run(todo())
    assert there(kept) == ["a/1"]


def test_a_session_sends_few_files_at_once(kept):
    async def todo():
        gate = asyncio.Event()
        app = Uploads(put(kept, gate))
        coming = [asyncio.create_task(ask(app, f"{PATH}a/{file}")) for file in range(3)]
        coming += [asyncio.create_task(ask(app, f"{PATH}b/1")), asyncio.create_task(ask(app, "/other", "GET"))]
        await asyncio.sleep(0)
        gate.set()
        found = await asyncio.gather(*coming)
        return [*found, await ask(app, f"{PATH}a/9")]

    assert run(todo()) == [204, 204, 429, 204, 204, 204]
