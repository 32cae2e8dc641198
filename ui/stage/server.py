"""What the stage's script asks the server for, beside Streamlit's own session: its files, and slices of runs.

Both are plain GET requests without a session: a page that lost its server asks the next one the same thing.
"""

import asyncio
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine import Experiment
from engine.query import UNKNOWN_TABLE
from ui.delivery import ASK_AGAIN, Delivery, Folder
from ui.runs import RUNS
from ui.stage.slices import MOST_BYTES, MOST_ROWS, cells, packing, plan
from ui.workers import WORKERS, Work, Workers, finish

WEB = Path(__file__).parent / "web"
PATH = "/stage"
FILE_ONLY = ("lesson", "recording")  # modules of a lesson in a file, which no page here asks for
BUDGET = 64 * 2**20  # bytes of slices that are kept: what a class on one link asks for, one after another


async def slice_of_run(request: Request) -> Response:
    """GET /stage/slice?_from=&_count=&_stride=&_sample=&_losses=&<experiment>: one packed slice."""
    packed = "gzip" in request.headers.get("accept-encoding", "")
    found = ANSWERS.kept(request.url.query, packed)
    if found is None:
        gone = asyncio.ensure_future(left(request))
        asked = asyncio.ensure_future(ANSWERS.get(request.url.query, packed))
        try:
            await asyncio.wait((gone, asked), return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                return Response(status_code=499)  # to nobody
            found = asked.result()
        finally:
            gone.cancel()
            asked.cancel()
    return found.response()


async def left(request: Request) -> None:
    """Wait until whoever asked has gone away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


@dataclass(frozen=True)
class Answer:
    """What is sent for a query."""

    body: bytes
    status: int = 200
    packed: bool = False

    def response(self) -> Response:
        """A response of its own, as what is on its way to the browser adds to the headers."""
        if self.status != 200:
            return PlainTextResponse(self.body, self.status)
        headers = {"Cache-Control": "no-store"} | ({"Content-Encoding": "gzip"} if self.packed else {})
        return Response(self.body, media_type="application/octet-stream", headers=headers)


class Answers:
    """Slices by query: those sent lately are kept, and what several ask for at the same time is computed once."""

    def __init__(self, workers: Workers = WORKERS, budget: int = BUDGET) -> None:
        self.budget = budget
        self._workers = workers
        self._kept: OrderedDict[tuple[str, bool], Answer] = OrderedDict()
        self._held = 0
        self._coming: dict[tuple[str, bool], tuple[asyncio.Future[Answer], list[None]]] = {}

    def kept(self, query: str, packed: bool) -> Answer | None:
        """The answer, if it was sent lately."""
        if (query, packed) in self._kept:
            self._kept.move_to_end((query, packed))
        return self._kept.get((query, packed))

    async def get(self, query: str, packed: bool) -> Answer:
        """The answer; its computing ends early when everyone who waits for it is cancelled."""
        key = query, packed
        if key not in self._coming:
            coming = asyncio.wrap_future(self._workers.submit(answering(query, packed)))
            self._coming[key] = coming, []
        coming, waiting = self._coming[key]
        waiting.append(None)
        try:
            answer = await asyncio.shield(coming)
        finally:
            waiting.pop()
            if not waiting:
                coming.cancel()
                self._coming.pop(key, None)
        if answer.status == 200 and key not in self._kept:
            self._keep(key, answer)
        return answer

    def _keep(self, key: tuple[str, bool], answer: Answer) -> None:
        self._kept[key] = answer
        self._held += len(answer.body)
        while self._held > self.budget:
            self._held -= len(self._kept.popitem(last=False)[1].body)


ANSWERS = Answers()


def answer(query: str) -> Response:
    """The answer to a query, here and now, and not compressed."""
    return finish(answering(query, packed=False)).response()


def answering(query: str, packed: bool) -> Work[Answer]:
    """The work of answering: a packed slice, or a plain sentence with status 400 where nothing sensible is asked."""
    pairs = parse_qsl(query, keep_blank_values=True)
    asked = {name: value for name, value in pairs if name.startswith("_")}
    try:
        start, count, stride, sample, losses, compare = (
            max(low, min(int(asked.get(name, default)), high))
            for name, default, low, high in (
                ("_from", 0, 0, 10**7),
                ("_count", 1, 1, MOST_ROWS),
                ("_stride", 1, 1, 10**4),
                ("_sample", 0, 0, 10**6),
                ("_losses", 0, 0, 10**7),
                ("_compare", 0, 0, 1),
            )
        )
    except ValueError:
        return Answer(b"Expected whole numbers for the slice; reload the page.", 400)
    experiment, said = Experiment.from_query(
        urlencode([pair for pair in pairs if not pair[0].startswith("_")], safe="~.-")
    )
    if UNKNOWN_TABLE in said:  # never another run in the place of the one that was asked for
        return Answer(UNKNOWN_TABLE.encode(), 404)
    count = max(1, min(count, MOST_BYTES // (8 * plan(experiment, bool(compare)).width + cells(experiment))))
    last = min(start + (count - 1) * stride, experiment.limit() - 1)
    run = yield from RUNS.getting(experiment, last + 1)
    steps = range(start, start + count * stride, stride)
    body = yield from packing(experiment, run, steps, sample, losses, bool(compare), moves=packed)
    if packed:
        yield 0.0
        # Run lengths: most of a map stays as it is, and the digits of the numbers are as good as random.
        squeeze = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS, strategy=zlib.Z_RLE)
        body = squeeze.compress(body) + squeeze.flush()
    return Answer(body, packed=packed)


class Preload:
    """ASGI middleware: the page itself tells the browser which modules it will need, so that they come early.

    What stands behind it is delivered from memory (`ui.delivery`).
    """

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self.app = Delivery(app, {f"{PATH}/web/": Folder(WEB, ASK_AGAIN)}, base)
        needed = (file.name for file in sorted(WEB.glob("*.js")) if file.stem not in FILE_ONLY)
        links = (f'<{base}{PATH}/web/{name}>; rel="modulepreload"' for name in needed)
        self.header = (b"link", ", ".join(links).encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_links(message: Message) -> None:
            if message["type"] == "http.response.start" and any(
                name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"]
            ):
                message["headers"] = [*message["headers"], self.header]
            await send(message)

        await self.app(scope, receive, with_links if scope["type"] == "http" else send)


def routes(base: str = "") -> list[BaseRoute]:
    """Routes for `streamlit.App`, under the server's base path."""
    return [Route(f"{base}{PATH}/slice", slice_of_run, methods=["GET"])]
