"""What the stage's script asks the server for, beside Streamlit's own session: slices of runs.

They are plain GET requests without a session: a page that lost its server asks the next one the same thing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from engine.shelf import Shelf
from ui.delivery import takes_gzip
from ui.stage.answers import Answer, answering
from ui.stage.computers import Computers
from ui.workers import WORKERS

PATH = "/stage"
BUDGET = 64 * 2**20  # bytes of slices that are kept: what a class on one link asks for, one after another


async def slice_of_run(request: Request) -> Response:
    """GET /stage/slice?_from=&_count=&_stride=&_sample=&_losses=&<experiment>: one packed slice."""
    packed = takes_gzip(request.headers)
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
    return response(found)


async def left(request: Request) -> None:
    """Wait until whoever asked has gone away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def response(answer: Answer) -> Response:
    """A response of its own, as what is on its way to the browser adds to the headers."""
    if answer.status != 200:
        return PlainTextResponse(answer.body, answer.status)
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if answer.packed:
        headers["Content-Encoding"] = "gzip"
    return Response(answer.body, media_type="application/octet-stream", headers=headers)


class Answers:
    """Slices by query: those sent lately are kept, and what several ask for at the same time is computed once."""

    def __init__(self, ask: Callable[[str, bool], Coroutine[Any, Any, Answer]], budget: int = BUDGET) -> None:
        self._ask = ask
        self._kept: Shelf[tuple[str, bool], Answer] = Shelf(budget, lambda key, a: len(key[0]) + len(a.body))
        self._coming: dict[tuple[str, bool], tuple[asyncio.Task[Answer], list[None]]] = {}

    def kept(self, query: str, packed: bool) -> Answer | None:
        """The answer, if it was sent lately."""
        return self._kept.get((query, packed))

    async def get(self, query: str, packed: bool) -> Answer:
        """The answer; its computing ends early when everyone who waits for it is cancelled."""
        key = query, packed
        if key not in self._coming:
            self._coming[key] = asyncio.create_task(self._ask(query, packed)), []
        coming, waiting = self._coming[key]
        waiting.append(None)
        try:
            answer = await asyncio.shield(coming)
        finally:
            waiting.pop()
            if not waiting:
                coming.cancel()
                self._coming.pop(key, None)
        if answer.status == 200:
            self._kept.put(key, answer)
        return answer


COMPUTERS = Computers()


async def computed(query: str, packed: bool) -> Answer:
    """The answer from another process, or from this one, which alone knows a table that is kept in its memory."""
    with contextlib.suppress(OSError):
        answer = await COMPUTERS.ask(query, packed)
        if answer.status != 404:
            return answer
    return await asyncio.wrap_future(WORKERS.submit(answering(query, packed)))


ANSWERS = Answers(computed)


def routes(base: str = "") -> list[BaseRoute]:
    """Routes for `streamlit.App`, under the server's base path."""
    return [Route(f"{base}{PATH}/slice", slice_of_run, methods=["GET"])]


@contextlib.asynccontextmanager
async def computing() -> AsyncIterator[None]:
    """While the server runs, so do the processes that compute for it."""
    starting = asyncio.create_task(COMPUTERS.start())
    yield
    await starting
    await COMPUTERS.stop()
