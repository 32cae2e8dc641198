"""What the stage's script asks the server for, beside Streamlit's own session: its files, and slices of runs.

Both are plain GET requests without a session: a page that lost its server asks the next one the same thing.
"""

from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine import Experiment
from engine.query import UNKNOWN_TABLE
from ui.delivery import ASK_AGAIN, Delivery, Folder
from ui.runs import RUNS
from ui.stage.slices import MOST_BYTES, MOST_ROWS, cells, pack, plan

WEB = Path(__file__).parent / "web"
PATH = "/stage"


async def slice_of_run(request: Request) -> Response:
    """GET /stage/slice?_from=&_count=&_stride=&_sample=&_losses=&<experiment>: one packed slice."""
    return await run_in_threadpool(answer, request.url.query)


def answer(query: str) -> Response:
    """The packed slice that a query asks for; a plain sentence with status 400 where it asks for nothing sensible."""
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
        return PlainTextResponse("Expected whole numbers for the slice; reload the page.", status_code=400)
    experiment, said = Experiment.from_query(
        urlencode([pair for pair in pairs if not pair[0].startswith("_")], safe="~.-")
    )
    if UNKNOWN_TABLE in said:  # never another run in the place of the one that was asked for
        return PlainTextResponse(UNKNOWN_TABLE, status_code=404)
    count = max(1, min(count, MOST_BYTES // (8 * plan(experiment, bool(compare)).width + cells(experiment))))
    last = min(start + (count - 1) * stride, experiment.limit() - 1)
    body = pack(
        experiment,
        RUNS.get(experiment, last + 1),
        start=start,
        count=count,
        stride=stride,
        sample=sample,
        losses=losses,
        compare=bool(compare),
    )
    return Response(body, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


class Preload:
    """ASGI middleware: the page itself tells the browser which modules it will need, so that they come early.

    What stands behind it is delivered from memory (`ui.delivery`).
    """

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self.app = Delivery(app, {f"{PATH}/web/": Folder(WEB, ASK_AGAIN)}, base)
        links = (f'<{base}{PATH}/web/{file.name}>; rel="modulepreload"' for file in sorted(WEB.glob("*.js")))
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
