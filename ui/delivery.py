"""How files and answers reach a class: files from memory, compressed once, and answers sent as soon as they are there.

A browser that opens the app for the first time asks for some ninety files. Streamlit reads each from the disk for each
browser, in several threads' turns; a class that comes in together waits for that.
"""

import contextlib
import gc
import gzip
import socket
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.file_util import get_static_dir

UNCHANGING = "public, immutable, max-age=31536000"  # the name of such a file changes with what is in it
ASK_AGAIN = "no-cache"
TYPES = {
    ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json",
    ".woff2": "font/woff2", ".png": "image/png", ".gif": "image/gif",
}  # fmt: skip
SMALLEST = 500  # bytes that are worth compressing


@dataclass(frozen=True)
class Kept:
    """A file as it was when it was last read."""

    stamp: tuple[int, int]  # when it was changed, and its size
    kind: str
    body: bytes
    packed: bytes | None  # by gzip, where that is smaller
    tag: str


class Folder:
    """The files of a folder, each read when it is first asked for, and again when it has changed."""

    def __init__(self, root: Path, cache: str) -> None:
        self.root = root
        self.cache = cache
        self._kept: dict[str, Kept] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """The paths in the folder; what is none of them is not answered, whatever it looks like."""
        files = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return frozenset(path.as_posix() for path in files if path.suffix in TYPES)

    def known(self, name: str) -> Kept | None:
        """A file that is in memory and has not changed since."""
        kept = self._kept.get(name)
        return kept if kept is not None and kept.stamp == self._stamp(name) else None

    def read(self, name: str) -> Kept:
        """A file from the disk, into memory."""
        stamp, path = self._stamp(name), self.root / name
        body = path.read_bytes()
        packed = gzip.compress(body, mtime=0) if len(body) >= SMALLEST else body
        tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
        kept = Kept(stamp, TYPES[path.suffix], body, packed if len(packed) < 0.9 * len(body) else None, tag)
        self._kept[name] = kept
        return kept

    def _stamp(self, name: str) -> tuple[int, int]:
        found = (self.root / name).stat()
        return found.st_mtime_ns, found.st_size


class Delivery:
    """ASGI middleware: `folders` by the path they are asked for under, beside Streamlit's own files."""

    def __init__(self, app: ASGIApp, folders: dict[str, Folder], base: str = "") -> None:
        self.app = app
        own = {"/static/": Folder(Path(get_static_dir()) / "static", UNCHANGING)}
        self.folders = {base + prefix: folder for prefix, folder in (own | folders).items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            send_at_once()
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            for prefix, folder in self.folders.items():
                name = scope["path"].removeprefix(prefix)
                if name != scope["path"] and name in folder.names:
                    with contextlib.suppress(OSError):  # a file that was there and is no more
                        kept = folder.known(name) or await run_in_threadpool(folder.read, name)
                        await answer(kept, folder.cache, Headers(scope=scope))(scope, receive, send)
                        return
        await self.app(scope, receive, send)


def answer(kept: Kept, cache: str, asked: Headers) -> Response:
    """The file, or the word that the browser has it already."""
    headers = {"ETag": kept.tag, "Cache-Control": cache, "Vary": "Accept-Encoding"}
    if asked.get("if-none-match") == kept.tag:
        return Response(status_code=304, headers=headers)
    if kept.packed is not None and "gzip" in asked.get("accept-encoding", ""):
        return Response(kept.packed, media_type=kept.kind, headers=headers | {"Content-Encoding": "gzip"})
    return Response(kept.body, media_type=kept.kind, headers=headers)


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
