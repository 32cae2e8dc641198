"""Processes that work out answers, so that a class that computes never keeps the server from listening.

The server's own process runs the pages and holds the websockets; Python runs one thread of it at a time. Each of these
processes has its runs, and what goes on from the same start goes to the same one. They hold nothing that is not in the
question: one that dies is started anew and asked again.

    python -m ui.stage.computers        reads questions from its input and writes answers to its output, until that ends
"""

import asyncio
import contextlib
import heapq
import itertools
import os
import signal
import struct
import sys
import threading
import traceback
from asyncio.subprocess import PIPE, Process
from collections import OrderedDict
from collections.abc import AsyncIterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl
from zlib import crc32

from engine import TABLES
from ui.runs import BUSY, RUNS
from ui.stage.answers import Answer, Question, answering, asked
from ui.tables import VARIABLE, folder
from ui.workers import Workers

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", __name__]
MOST = 4  # processes: some 45 MiB each before they hold a run
BUDGET = 128 * 2**20  # bytes of runs in each: two of the largest, or a hundred of 10,000 iterations of a 2-4-1 network
NICE = 5  # the server listens first and computes then
SILENT = 10.0  # seconds without an answer, until a process is asked whether it is there at all
PATIENT = 10.0  # seconds in which it has to say so
ALONE = 5.0  # seconds for which a question is asked alone after a death; it was not to blame if it is alive then
TRIES = 3  # times that a question is asked again
REST = 10.0  # seconds until another is started where one died before it had said anything
BANNED = 60.0  # seconds for which a question that is deadly is not asked again
MOST_DEADLY = 100
ASKED = struct.Struct("<QBI")  # number, kind, bytes of the query
ANSWERED = struct.Struct("<QHBI")  # number, status, packed, bytes of the body
PLAIN, PACKED, NO_MORE, THERE = range(4)
HELLO = b"the answers begin here\n"
BUFFER = 4 * 2**20  # bytes of answers on their way
FAILED = Answer(b"This slice could not be computed; change something, or reload the page.", 500)
TOO_LARGE = Answer(BUSY.encode(), 429)  # at the moment: others hold the memory that it needs


class ShortestFirst:
    """A lock; of those who wait for it, the one with the least to do has it next."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    @contextlib.asynccontextmanager
    async def turn(self, seconds: float) -> AsyncIterator[None]:
        """Have it, as soon as nobody else has it or has less to do."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (seconds, next(self._numbers), mine))
        try:
            await asyncio.sleep(0)  # those who come at the same moment stand in line before the first is called
            self._call()
            await mine
            yield
        finally:
            if mine.done() and not mine.cancelled():
                self._taken = False
                self._call()
            else:
                mine.cancel()

    def _call(self) -> None:
        while self._waiting and not self._taken:
            following = heapq.heappop(self._waiting)[2]
            if not following.done():
                self._taken = True
                following.set_result(None)


class Computer:
    """One such process, started when it is first asked."""

    def __init__(self) -> None:
        self.process: Process | None = None
        self.alone = ShortestFirst()  # had by a question that is asked again after the process has died
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._starting = asyncio.Lock()
        self._hearing: asyncio.Task[None] | None = None
        self._rests_until = 0.0  # of the loop's clock

    async def ask(self, query: str, kind: int) -> Answer:
        """The answer; who is cancelled is computed for no longer. `ConnectionError` when the process dies over it."""
        process = await self.start()
        number = next(self._numbers)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._say(process, number, kind, query)
            while not (await asyncio.wait((answer,), timeout=SILENT))[0]:
                await self._rouse(process)
            return answer.result()
        except asyncio.CancelledError:
            self._say(process, number, NO_MORE)
            raise
        finally:
            self._waiting.pop(number, None)

    async def start(self) -> Process:
        """The running process; `OSError` where none can be started."""
        async with self._starting:
            if asyncio.get_running_loop().time() < self._rests_until:
                raise OSError("expected a process that answers; the last one died before it had said anything.")
            if self.process is None:
                paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
                self.process = await asyncio.create_subprocess_exec(
                    *COMMAND, stdin=PIPE, stdout=PIPE, limit=BUFFER,
                    env=os.environ | {"PYTHONPATH": paths, VARIABLE: str(TABLES.folder or "")},
                )  # fmt: skip
                self._hearing = asyncio.create_task(self._hear(self.process))
            return self.process

    async def stop(self) -> None:
        """End the process, and start no other."""
        self._rests_until = float("inf")
        process, hearing = self.process, self._hearing
        if process is not None:
            _kill(process)
            await process.wait()
        if hearing is not None:
            await hearing

    def _say(self, process: Process, number: int, kind: int, query: str = "") -> None:
        body = query.encode()
        assert process.stdin is not None
        if not process.stdin.is_closing():
            process.stdin.write(ASKED.pack(number, kind, len(body)) + body)

    async def _rouse(self, process: Process) -> None:
        """End a process that does not even say that it is there; one that computes does."""
        number = next(self._numbers)
        here = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._say(process, number, THERE)
            if not (await asyncio.wait((here,), timeout=PATIENT))[0]:
                _kill(process)
        finally:
            self._waiting.pop(number, None)
            here.cancel()

    async def _hear(self, process: Process) -> None:
        assert process.stdout is not None
        began = False
        try:
            await process.stdout.readuntil(HELLO)  # whatever was printed before
            began = True
            while True:
                number, status, packed, size = ANSWERED.unpack(await process.stdout.readexactly(ANSWERED.size))
                answer = self._waiting.get(number)
                body = await process.stdout.readexactly(size)
                if answer is not None and not answer.done():
                    answer.set_result(Answer(body, status, bool(packed)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # it is dead
        finally:
            _kill(process)
            if self.process is process:
                self.process = None
            if not began:
                self._rests_until = max(self._rests_until, asyncio.get_running_loop().time() + REST)
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(ConnectionResetError("expected an answer, but the process has died"))


class Computers:
    """As many as the machine has cores, up to `MOST`."""

    def __init__(self, number: int | None = None) -> None:
        self._number = number or min(MOST, cores())
        self._each: list[Computer] = []
        self._deadly: OrderedDict[str, float] = OrderedDict()  # questions over which a process died, and until when

    @property
    def each(self) -> list[Computer]:
        """The processes, which belong to the event loop that first asked for them."""
        if not self._each:
            self._each = [Computer() for _ in range(self._number)]
        return self._each

    async def ask(self, query: str, packed: bool) -> Answer:
        """The answer of the process for this run; `OSError` where no process can be started.

        When a process dies, those that waited are asked again, each alone, and the shortest first: then it is known
        which was to blame, and nobody waits for that. What is still computed after a while is acquitted.
        """
        if self._deadly.get(query, 0.0) > asyncio.get_running_loop().time():
            return FAILED
        computer, kind = self.each[start_of(query) % len(self.each)], PACKED if packed else PLAIN
        with contextlib.suppress(ConnectionError):
            return await computer.ask(query, kind)
        for _ in range(TRIES):
            async with computer.alone.turn(weight(query)):
                again = asyncio.ensure_future(computer.ask(query, kind))
                try:
                    await asyncio.wait((again,), timeout=ALONE)
                except asyncio.CancelledError:
                    again.cancel()
                    raise
            if again.done() and isinstance(again.exception(), ConnectionError):
                self._ban(query)
                break
            try:
                return await again
            except ConnectionError:
                continue  # by then it was one of many again
            finally:
                again.cancel()
        return FAILED

    def _ban(self, query: str) -> None:
        self._deadly[query] = asyncio.get_running_loop().time() + BANNED
        while len(self._deadly) > MOST_DEADLY:
            self._deadly.popitem(last=False)

    async def start(self) -> None:
        """Start them all, before anyone waits for them."""
        with contextlib.suppress(OSError):
            await asyncio.gather(*(computer.start() for computer in self.each))

    async def stop(self) -> None:
        """End them all."""
        await asyncio.gather(*(computer.stop() for computer in self._each))
        self._each = []


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


def cores(group: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """The cores this process may use: those it is bound to, and no more than its container's share of time."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):  # no such file, or "max": no limit
        quota, period = map(int, group.read_text().split())
        return max(1, min(bound, quota // period))
    return bound


def weight(query: str) -> float:
    """About how many seconds it takes to answer this."""
    question = asked(query)
    return question.seconds if isinstance(question, Question) else 0.0


def start_of(query: str) -> int:
    """The same number for all runs that begin alike, whatever is asked of them or done to them on the way."""
    return crc32(repr([pair for pair in parse_qsl(query) if pair[0] != "do" and pair[0][:1] != "_"]).encode())


def serve(questions: BinaryIO, answered: BinaryIO) -> None:
    """Answer what is asked, the shortest first, until nobody can ask any more."""
    workers, one_at_a_time = Workers(threads=1), threading.Lock()
    under_way: dict[int, Future[Answer]] = {}

    def write(number: int, answer: Answer) -> None:
        with one_at_a_time, contextlib.suppress(BrokenPipeError):
            answered.write(ANSWERED.pack(number, answer.status, answer.packed, len(answer.body)) + answer.body)
            answered.flush()

    def send(number: int, future: Future[Answer]) -> None:
        under_way.pop(number, None)
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            traceback.print_exception(error)
        failed = TOO_LARGE if isinstance(error, MemoryError) else FAILED
        write(number, failed if error else future.result())

    while len(head := questions.read(ASKED.size)) == ASKED.size:
        number, kind, size = ASKED.unpack(head)
        query = questions.read(size).decode()
        if kind == NO_MORE:
            future = under_way.get(number)
            if future is not None:
                future.cancel()
        elif kind == THERE:
            write(number, Answer(b""))
        else:
            future = under_way[number] = workers.submit(answering(query, kind == PACKED))
            future.add_done_callback(partial(send, number))


def main() -> None:
    """Serve whoever started this process, and end with them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a key pressed in the server's terminal is for the server
    with contextlib.suppress(AttributeError, OSError):
        os.nice(NICE)
    TABLES.folder = folder()
    RUNS.budget = BUDGET
    answered = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else may be written between the answers
    answered.write(HELLO)
    answered.flush()
    serve(sys.stdin.buffer, answered)
    os._exit(0)  # whatever is still being computed is for nobody


if __name__ == "__main__":
    main()
