"""How files and answers reach a class: files from memory, compressed once, and answers sent as soon as they are there.

A browser that opens the app for the first time asks for some ninety files. Streamlit reads each from the disk for each
browser, in several threads' turns; a class that comes in together waits for that.
"""

import asyncio
import contextlib
import gzip
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.file_util import get_static_dir

from ui.page import is_page, staged

UNCHANGING = "public, immutable, max-age=31536000"  # the name of such a file changes with what is in it
ASK_AGAIN = "no-cache"
TYPES = {
    ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json",
    ".html": "text/html", ".woff2": "font/woff2", ".png": "image/png", ".gif": "image/gif",
}  # fmt: skip
SMALLEST = 500  # bytes that are worth compressing
PATIENCE = 0.5  # seconds that a page waits for its stage to be described


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
        found = self._kept.get(name)
        return found if found is not None and found.stamp == self._stamp(name) else None

    def read(self, name: str) -> Kept:
        """A file from the disk, into memory."""
        stamp = self._stamp(name)
        self._kept[name] = kept(self._body(name), Path(name).suffix, stamp)
        return self._kept[name]

    def _body(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def _stamp(self, name: str) -> tuple[int, int]:
        found = (self.root / name).stat()
        return found.st_mtime_ns, found.st_size


class Made(Folder):
    """One file that is made of those of a folder, and again when one of them has changed."""

    def __init__(self, root: Path, name: str, make: Callable[[], bytes], cache: str) -> None:
        super().__init__(root, cache)
        self.name = name
        self.make = make

    @cached_property
    def names(self) -> frozenset[str]:
        """The one name."""
        return frozenset({self.name})

    def _body(self, name: str) -> bytes:
        return self.make()

    def _stamp(self, name: str) -> tuple[int, int]:
        found = [path.stat() for path in self.root.iterdir()]
        return max(each.st_mtime_ns for each in found), sum(each.st_size for each in found)


class Delivery:
    """ASGI middleware: the page, and `folders` by the path they are asked for under, beside Streamlit's own files."""

    def __init__(
        self,
        app: ASGIApp,
        folders: Sequence[tuple[str, Folder]],
        page: str = "",
        base: str = "",
        stage: Callable[[str, str], str | None] = lambda path, query: None,
    ) -> None:
        self.app = app
        self.base = base
        self.stage = stage
        self.text = page
        own = ("/static/", Folder(Path(get_static_dir()) / "static", UNCHANGING))
        self.folders = [(base + prefix, folder) for prefix, folder in (own, *folders)]
        self.page = kept(page.encode(), ".html", (0, 0)) if page else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            path, asked = scope["path"], Headers(scope=scope)
            for prefix, folder in self.folders:
                name = path.removeprefix(prefix)
                if name != path and name in folder.names:
                    with contextlib.suppress(OSError):  # a file that was there and is no more
                        found = folder.known(name) or await run_in_threadpool(folder.read, name)
                        await answer(found, folder.cache, asked)(scope, receive, send)
                        return
            if self.page and path.startswith(self.base) and is_page(path.removeprefix(self.base)):
                found = await self.with_stage(path.removeprefix(self.base), scope["query_string"].decode("latin-1"))
                await answer(found or self.page, ASK_AGAIN, asked)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def with_stage(self, path: str, query: str) -> Kept | None:
        """The page with its stage in it; None where it has none, or where that would keep the page waiting."""

        def make() -> Kept | None:
            stage = self.stage(path, query)
            return None if stage is None else kept(staged(self.text, stage, self.base).encode(), ".html", (0, 0))

        try:
            return await asyncio.wait_for(run_in_threadpool(make), PATIENCE)
        except TimeoutError:
            return None


def kept(body: bytes, ending: str, stamp: tuple[int, int]) -> Kept:
    """What is in a file, compressed once."""
    packed = gzip.compress(body, mtime=0) if len(body) >= SMALLEST else body
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    return Kept(stamp, TYPES[ending], body, packed if len(packed) < 0.9 * len(body) else None, tag)


def answer(found: Kept, cache: str, asked: Headers) -> Response:
    """The file, or the word that the browser has it already."""
    headers = {"ETag": found.tag, "Cache-Control": cache, "Vary": "Accept-Encoding"}
    if found.tag in (tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    if found.packed is not None and takes_gzip(asked):
        return Response(found.packed, media_type=found.kind, headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.body, media_type=found.kind, headers=headers)


def takes_gzip(asked: Headers) -> bool:
    """Whether the browser takes gzip (RFC 9110, 12.5.3): it names it, or everything, and not with a weight of 0."""
    said = {}
    for part in asked.get("accept-encoding", "").lower().split(","):
        name, _, weight = part.partition(";")
        said[name.strip()] = not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return said.get("gzip", said.get("*", False))
