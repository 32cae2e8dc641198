"""Students for the classroom benchmark: each does over the network what a browser with the app open does.

A student opens the page (the document, the modules it preloads, Streamlit's websocket), learns from the mounted stage
what to ask, and then plays, steps, changes the run, or leaves and comes back. Nothing is drawn.
"""

import asyncio
import contextlib
import gzip
import json
import random
import re
import struct
import time
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

RATE = 60  # iterations a second: one a display frame, the speed that a page opens with
AHEAD = 240  # rows in one slice, and `NEAR` on each side of a place at rest: as in player.js and stage.js
NEAR = 48
BESIDE = 250  # iterations after which a playing stage asks what happens in the next ones, as in events.js
CONNECTIONS = 6
ACCEPT = "Accept-Encoding: gzip"
PULSE = 2.0  # seconds between looks whether the server is there
PATIENCE = 60.0  # seconds until an answer counts as lost
TRIGGERS = "$$STREAMLIT_INTERNAL_KEY_{}__events"  # where a component's triggers arrive


@dataclass
class Record:
    """What a class has lived through, in seconds and bytes."""

    slices: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    reruns: list[float] = field(default_factory=list)
    stalled: float = 0.0  # seconds in which a playing stage had no row to show
    played: float = 0.0
    received: int = 0  # of slices and of the websocket
    loaded: int = 0  # of files: the app itself, which a browser keeps
    errors: list[str] = field(default_factory=list)


class LostError(Exception):
    """The server refused, failed or did not answer."""


class Http:
    """One kept-alive connection, as a browser keeps it."""

    def __init__(self, url: str) -> None:
        self.host, self.port = urlsplit(url).hostname or "localhost", urlsplit(url).port or 80
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> tuple[dict[str, str], bytes]:
        """Headers and body as they were sent; `LostError` for any other status than 200."""
        for fresh in (self.streams is None, True):
            if fresh:
                self.streams = await asyncio.open_connection(self.host, self.port)
            reader, writer = self.streams
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n{ACCEPT}\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                break
            except (asyncio.IncompleteReadError, ConnectionError):
                if fresh:
                    raise  # one kept for a while may have been closed meanwhile, a new one not
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        if "content-length" in headers:
            body = await reader.readexactly(int(headers["content-length"]))
        else:
            parts = []
            while size := int(await reader.readline(), 16):
                parts.append(await reader.readexactly(size))
                await reader.readline()
            await reader.readline()
            body = b"".join(parts)
        if status.split()[1] != "200":
            raise LostError(f"status {status.split()[1]} for {path[:120]}: {body[:120].decode('utf-8', 'replace')}")
        return headers, body

    def close(self) -> None:
        """Hang up."""
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


class Page:
    """One open page: its session on the server, and the stage as that describes it."""

    def __init__(self, url: str, query: str, record: Record) -> None:
        self.url, self.query, self.record = url, query, record
        self.http = Http(url)
        self.socket: ClientConnection | None = None
        self.script = self.fragment = self.widget = ""
        self.stage: dict[str, Any] = {}
        self._cached: dict[str, dict[str, Any]] = {}

    async def open(self) -> None:
        """From the first request to the end of the page's first run."""
        start = time.perf_counter()
        headers, document = await self.http.get(f"/?{self.query}")
        if headers.get("content-encoding") == "gzip":
            document = gzip.decompress(document)
        files = re.findall(r"<([^>]+)>", headers.get("link", ""))
        files += re.findall(r'(?:src|href)="([^"]*/(?:static|stage)/[^"]+)"', document.decode())
        await self._load(files)
        await self.http.get("/_stcore/health")
        await self.http.get("/_stcore/host-config")
        address = f"ws{self.url.removeprefix('http')}/_stcore/stream"
        self.socket = await connect(
            address, subprotocols=["streamlit"], origin=self.url, compression=None, max_size=None, open_timeout=PATIENCE
        )  # fmt: skip
        await self._run(BackMsg())
        self.record.starts.append(time.perf_counter() - start)
        if not self.stage:
            raise LostError("a page without a stage")

    async def _load(self, files: list[str]) -> None:
        """Scripts, styles and fonts, over as many connections as a browser opens; nothing is cached yet."""

        async def some(http: Http, part: list[str]) -> None:
            for file in part:
                self.record.loaded += len((await http.get(file))[1])

        more = [Http(self.url) for _ in range(CONNECTIONS - 1)]
        try:
            await asyncio.gather(*(some(h, files[i::CONNECTIONS]) for i, h in enumerate([self.http, *more])))
        finally:
            for http in more:
                http.close()

    async def rest(self, at: int, **trigger: Any) -> None:
        """The stage came to rest here, or asks for something by a trigger: the fragment around it runs again."""
        start = time.perf_counter()
        message = BackMsg()
        message.rerun_script.fragment_id = self.fragment
        if trigger:
            event, value = next(iter(trigger.items()))
            asked = message.rerun_script.widget_states.widgets.add(id=TRIGGERS.format(self.widget))
            asked.json_trigger_value = json.dumps([{"event": event, "value": value}])
        state = message.rerun_script.widget_states.widgets.add(id=self.widget)
        place = {"at": at, "phase": "overview", "sample": 0, "select": None, "address": self.stage["address"]}
        state.json_value = json.dumps({"cursor": place})
        await self._run(message)
        self.record.reruns.append(time.perf_counter() - start)

    async def _run(self, message: BackMsg) -> None:
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.script
        message.rerun_script.cached_message_hashes.extend(self._cached)
        assert self.socket is not None
        await self.socket.send(message.SerializeToString())
        while True:
            data = await self.socket.recv()
            self.record.received += len(data)
            answer = ForwardMsg.FromString(data)
            kind = answer.WhichOneof("type")
            if kind == "navigation":
                self.script = answer.navigation.page_script_hash
            elif kind == "ref_hash":
                self.stage = self._cached.get(answer.ref_hash, self.stage)
            elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
                self._element(answer)
            elif kind == "script_finished" and answer.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
            ):  # fmt: skip
                return

    def _element(self, answer: ForwardMsg) -> None:
        element = answer.delta.new_element
        if element.WhichOneof("type") == "exception":
            raise LostError(f"the page shows {element.exception.type}: {element.exception.message[:200]}")
        if element.WhichOneof("type") == "bidi_component" and element.bidi_component.component_name == "stage":
            component = element.bidi_component
            self.widget, self.fragment = component.id, answer.delta.fragment_id
            self.stage = json.loads(component.json or component.mixed.json)
            if answer.metadata.cacheable:
                self._cached = {answer.hash: self.stage}

    async def slice(self, start: int, count: int, known: int) -> int:
        """Ask for rows as the stage's script does; how many came."""
        begun = time.perf_counter()
        ask = {
            "_from": start,
            "_count": count,
            "_stride": 1,
            "_sample": 0,
            "_losses": known,
            "_motion": 1,
            "_inside": 1,
        }
        path = f"{self.stage['base']}/slice?{urlencode(ask)}&{self.stage['lanes'][0]['query']}"
        headers, body = await self.http.get(path)
        self.record.slices.append(time.perf_counter() - begun)
        self.record.received += len(body)
        if headers.get("content-encoding") == "gzip":
            body = zlib.decompressobj(31).decompress(body, 1000)
        (size,) = struct.unpack_from("<I", body)
        return int(json.loads(body[4 : 4 + size])["count"])

    async def happens(self, last: int) -> None:
        """Ask what happens up to this iteration."""
        path = f"{self.stage['base']}/slice?_events=1&_from={last}&{self.stage['lanes'][0]['query']}"
        self.record.received += len((await self.http.get(path))[1])

    async def feel_pulse(self) -> None:
        """Look now and then whether the server is there."""
        http = Http(self.url)
        try:
            while True:
                await asyncio.sleep(PULSE)
                await http.get("/_stcore/health")
        finally:
            http.close()

    async def close(self) -> None:
        """The tab is closed."""
        self.http.close()
        if self.socket is not None:
            await self.socket.close()


@contextlib.asynccontextmanager
async def opened(url: str, query: str, record: Record) -> AsyncIterator[Page]:
    """A page that is open for as long as the block."""
    page = Page(url, query, record)
    pulse = None
    try:
        await page.open()
        pulse = asyncio.create_task(page.feel_pulse())
        yield page
    finally:
        if pulse is not None:
            pulse.cancel()
        await page.close()


class Player:
    """The stage of an open page: which rows it holds and where it stands."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.at = 0
        self.held = 0  # rows 0 .. held - 1 are here
        self.told = -1  # up to here it is known what happens

    async def fetch(self, start: int, count: int) -> None:
        """Rows, as far as the run has them."""
        self.held = max(self.held, start + await self.page.slice(start, count, self.held))

    async def play(self, until: float) -> None:
        """Move on with the clock, asking again when half of what is ahead has been shown, as player.js does."""
        record, began, at = self.page.record, time.perf_counter(), float(self.at)
        now = began
        while now < until and self.held < self.page.stage["limit"]:
            left = self.held - 1 - at
            if left >= AHEAD / 2:
                await asyncio.sleep(min((left - AHEAD / 2) / RATE + 0.01, until - now))
            else:
                await self.fetch(self.held, AHEAD // 4 if left < 12 else AHEAD)
            before, now = now, time.perf_counter()
            record.stalled += max(0.0, now - before - left / RATE)
            at = min(at + (now - before) * RATE, at + left)
            if at > self.told:
                self.told = (int(at) // BESIDE + 1) * BESIDE - 1
                await self.page.happens(self.told)
        record.played += now - began
        self.at = int(at)

    async def step(self) -> None:
        """One iteration on; rows are asked for while some are still ahead."""
        self.at += 1
        if self.held <= self.at + 12:
            await self.fetch(self.at + 1, 2 * NEAR)


async def begin(page: Page) -> Player:
    """The first picture, and what is around the stage after it."""
    player = Player(page)
    await player.fetch(0, NEAR)
    await page.rest(0)
    return player


async def plays(url: str, query: str, record: Record, until: float, chance: random.Random) -> None:
    """Plays, with a look at where it stands now and then."""
    async with opened(url, query, record) as page:
        player = await begin(page)
        while (now := time.perf_counter()) < until:
            await player.play(min(until, now + chance.uniform(15, 30)))
            if time.perf_counter() >= until:
                break  # who is cut short does not come to rest
            await page.rest(player.at)
            await asyncio.sleep(min(chance.uniform(2, 5), max(0.0, until - time.perf_counter())))


async def steps(url: str, query: str, record: Record, until: float, chance: random.Random) -> None:
    """Steps every second or two, and reads what is below the stage."""
    async with opened(url, query, record) as page:
        player = await begin(page)
        while time.perf_counter() < until:
            await asyncio.sleep(chance.uniform(1, 2))
            await player.step()
            await page.rest(player.at)


async def changes(url: str, query: str, record: Record, until: float, chance: random.Random) -> None:
    """Plays a while, sets another learning rate from there on, and plays that."""
    async with opened(url, query, record) as page:
        player = await begin(page)
        while (now := time.perf_counter()) < until:
            await player.play(min(until, now + chance.uniform(6, 12)))
            if time.perf_counter() >= until:
                break
            rate = float(f"{chance.uniform(0.1, 3):.3g}")
            await page.rest(player.at, intervene={"at": player.at, "lane": 0, "kind": "rate", "value": rate})
            player.held, player.told = player.at, -1
            await player.fetch(max(0, player.at - 4), NEAR)


async def visits(url: str, query: str, record: Record, until: float, chance: random.Random) -> None:
    """Looks in, plays a few seconds, leaves, and comes back later as a new session."""
    while time.perf_counter() < until:
        async with opened(url, query, record) as page:
            player = await begin(page)
            await player.play(min(until, time.perf_counter() + chance.uniform(4, 8)))
        await asyncio.sleep(chance.uniform(1, 3))


HABITS = [plays] * 14 + [steps] * 3 + [changes] * 2 + [visits]  # of any twenty


async def student(number: int, url: str, query: str, record: Record, begins: float, until: float) -> None:
    """One student of a class, from `begins` to `until`; what goes wrong is written down, and the page opened again."""
    chance = random.Random(number)
    await asyncio.sleep(max(0.0, begins - time.perf_counter()))
    while time.perf_counter() < until:
        try:
            async with asyncio.timeout(until - time.perf_counter() + PATIENCE):
                await HABITS[number % len(HABITS)](url, query, record, until, chance)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError):
                raise
            record.errors.append(f"{type(error).__name__}: {error}"[:300])
            await asyncio.sleep(1.0)


HEAVY = (  # as much as one link can ask for
    "v=1&data=moons&n=2000&sizes=2-18-18-14-1&opt=adam",
    "v=1&data=coin_flips&n=1024&sizes=20-10-1&batch=32",
    "v=1&data=moons&n=2000&sizes=2-8-8-8-8-8-8-8-8-8-1&hidden=tanh",
    "v=1&data=moons&n=2000&sizes=2-32-16-1&batch=1&opt=adam",
    "v=1&lr=0.01",
)


async def abuser(number: int, url: str, until: float, record: Record) -> None:
    """Asks for the last rows of the heaviest runs, each time another, and hangs up after ten seconds."""
    turn = 0
    while time.perf_counter() < until:
        query = f"{HEAVY[(number + turn) % len(HEAVY)]}&seed={1000 * number + turn}"
        turn += 1
        http = Http(url)
        try:
            async with asyncio.timeout(10):
                await http.get(f"/stage/slice?_from=99000&_count=400&_compare=1&{query}")
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError):
                raise
            record.errors.append(f"{type(error).__name__}: {error}"[:120])
        finally:
            http.close()
