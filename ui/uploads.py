"""Files on their way from a browser to a page: how many there may be, and for how long.

A page lets go of a file as soon as it has read it. What no page takes is dropped here, the oldest first.
"""

import asyncio
from collections import Counter, OrderedDict

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

PATH = "/_stcore/upload_file/"
AT_ONCE = 2  # files that a session may send at the same time
MOST_OF_SESSION = 24 * 2**20  # bytes that wait for the page of one session: two of the largest files
MOST = 256 * 2**20  # bytes that wait for all pages
PATIENCE = 60.0  # seconds that a file waits for its page
WAIT = "Other files of this page are still on their way; send this one after them."

Name = tuple[str, str]  # session, file


class Uploads:
    """ASGI middleware: what is uploaded is bounded for each session, and for all of them together."""

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self.app = app
        self.path = base + PATH
        self._coming: Counter[str] = Counter()
        self._waiting: OrderedDict[Name, int] = OrderedDict()  # bytes, the oldest first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(self.path):
            await self.app(scope, receive, send)
            return
        session, _, file = scope["path"].removeprefix(self.path).partition("/")
        if self._coming[session] >= AT_ONCE:
            await PlainTextResponse(WAIT, 429)(scope, receive, send)
            return
        self._coming[session] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._coming -= Counter((session,))
            self._came((session, file))

    def _came(self, name: Name) -> None:
        for taken in [waiting for waiting in self._waiting if not size(waiting)]:
            del self._waiting[taken]
        self._waiting.pop(name, None)
        if not size(name):
            return
        self._waiting[name] = size(name)
        asyncio.get_running_loop().call_later(PATIENCE, self._drop, name)
        own = sum(held for (session, _), held in self._waiting.items() if session == name[0])
        every = sum(self._waiting.values())
        for waiting, held in list(self._waiting.items())[:-1]:
            mine = waiting[0] == name[0]
            if (mine and own > MOST_OF_SESSION) or every > MOST:
                self._drop(waiting)
                own, every = own - held * mine, every - held

    def _drop(self, name: Name) -> None:
        self._waiting.pop(name, None)
        files().remove_file(*name)


def files() -> MemoryUploadedFileManager:
    """Where Streamlit keeps them."""
    manager = get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    return manager


def size(name: Name) -> int:
    """Bytes that are there of a file."""
    session, file = name
    return sum(len(found.data) for found in files().get_files(session, [file]))
