"""How many students one server holds: real sessions over real websockets, each doing what a playing browser does.

    python -m benchmarks.classroom [--sessions 100] [--seconds 60] [--quick] [--find] [--abusers 5] [--soak MINUTES]

The server runs on two cores, which the students of the benchmark share with it. A class is measured twice: everybody on
the teacher's link, and everybody on an experiment of their own. `--find` doubles the class until the slowest twentieth
of the slices take longer than a second; `--abusers` adds clients that ask for the heaviest runs there are; `--soak`
watches the memory.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from benchmarks.students import Record, abuser, student
from tests.browser.app import answers, free_port, start, stop

MIB = 2**20
MOST = 1600  # sessions: the students' own share of the two cores grows too
LINKS = {
    "the teacher's link": lambda number: "v=1",
    "an experiment of one's own": lambda number: f"v=1&seed={number}",
}
LARGE = "data=moons&sizes=2-10-10-1"  # of which a class fills what the server may hold in a few minutes
HEAD = (
    "| class | sessions | slice p50 / p95 / p99, ms | stalled | opened p50 / p95, s | at rest p50 / p95, ms | errors "
    "| KB/s a session | server memory, MiB a session | server CPU |"
)


@dataclass(frozen=True)
class Server:
    """A running app, and its process when it is on this machine."""

    url: str
    pid: int | None

    def memory(self) -> float:
        """Resident bytes; NaN for a server elsewhere."""
        if self.pid is None:
            return float("nan")
        return sum(
            int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for pid in self.processes()
        )

    def cpu(self) -> float:
        """Processor seconds so far; NaN for a server elsewhere."""
        if self.pid is None:
            return float("nan")
        times = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13] for pid in self.processes())
        return sum(int(user) + int(system) for user, system in times) / os.sysconf("SC_CLK_TCK")

    def processes(self) -> list[int]:
        """The app's process and those it has started."""
        started = (path.read_text().split() for path in Path(f"/proc/{self.pid}/task").glob("*/children"))
        return [self.pid or 0, *map(int, chain.from_iterable(started))]


@contextlib.contextmanager
def serving(port: int | None = None) -> Iterator[Server]:
    """The app on two cores of this machine; stopped on the way out."""
    port = port or free_port()
    process = start(port)
    try:
        os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:2])
        url = f"http://localhost:{port}"
        answers(url, process)
        yield Server(url, process.pid)
    finally:
        stop(process)


def quantile(values: list[float], share: float) -> float:
    """The value that a share of the values does not exceed; NaN of none."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


async def attend(server: Server, link: str, sessions: int, seconds: float, ramp: float, abusers: int = 0) -> Record:
    """A class that comes in within `ramp` seconds and stays for `seconds`."""
    record, refused = Record(), Record()
    now = time.perf_counter()
    until = now + ramp + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(sessions):
            begins = now + ramp * number / sessions
            group.create_task(student(number, server.url, LINKS[link](number), record, begins, until))
        for number in range(abusers):
            group.create_task(abuser(number, server.url, until, refused))
    return record


def measure(server: Server, link: str, sessions: int, seconds: float, ramp: float, abusers: int = 0) -> Record:
    """One row of the table."""
    asyncio.run(attend(server, link, 1, 3, 0))  # what the first session loads is not the sessions' memory
    memory, cpu, own, clock = server.memory(), server.cpu(), time.process_time(), time.perf_counter()
    record = asyncio.run(attend(server, link, sessions, seconds, ramp, abusers))
    took = time.perf_counter() - clock
    milli = [f"{1000 * quantile(record.slices, share):.0f}" for share in (0.5, 0.95, 0.99)]
    starts = [f"{quantile(record.starts, share):.2f}" for share in (0.5, 0.95)]
    rests = [f"{1000 * quantile(record.reruns, share):.0f}" for share in (0.5, 0.95)]
    share, mine = (server.cpu() - cpu) / took, (time.process_time() - own) / took
    cells = [
        link + (f", and {abusers} abusers" if abusers else ""), str(sessions), " / ".join(milli),
        f"{record.stalled / max(record.played, 1e-9):.1%}", " / ".join(starts), " / ".join(rests),
        str(len(record.errors)), f"{record.received / sessions / took / 1000:.0f}",
        f"{(server.memory() - memory) / MIB / sessions:.1f}", f"{share:.2f} cores (students {mine:.2f})",
    ]  # fmt: skip
    print(f"| {' | '.join(cells)} |", flush=True)
    for error, times in Counter(record.errors).most_common(3):
        print(f"    {times} x {error}", file=sys.stderr)
    return record


def table() -> None:
    """The head of the table."""
    print(HEAD)
    print("|" + "---|" * (HEAD.count("|") - 1))


def find(link: str, seconds: float, server: Server | None) -> None:
    """The largest class whose p95 stays below a second: doubled, then narrowed to an eighth."""

    def once(sessions: int) -> bool:
        with contextlib.ExitStack() as stack:
            running = server or stack.enter_context(serving())
            record = measure(running, link, sessions, seconds, max(10.0, sessions / 10))
        return quantile(record.slices, 0.95) <= 1 and not record.errors

    def bears(sessions: int) -> bool:
        return once(sessions) or once(sessions)  # a machine that is shared stumbles now and then

    low, high = 0, 50
    while high <= MOST and bears(high):
        low, high = high, 2 * high
    while high - low > max(5, low // 8):
        middle = (low + high) // 2
        low, high = (middle, high) if bears(middle) else (low, middle)
    print(f"\nOn {link}, {low} sessions: p95 of a slice within a second and no error; with {high} no more.\n")


async def soak(server: Server, sessions: int, minutes: float) -> None:
    """Classes come and go on experiments of their own; the memory every ten seconds."""
    found: list[float] = []

    async def watch() -> None:
        while True:
            await asyncio.sleep(10)
            found.append(server.memory() / MIB)
            print(f"{len(found) * 10:>5} s  {found[-1]:.0f} MiB", flush=True)

    watcher = asyncio.create_task(watch())
    end, lessons, errors = time.perf_counter() + 60 * minutes, 0, 0
    LINKS["lesson"] = lambda number: f"v=1&seed={100_000 + 1000 * lessons + number}&{LARGE}"
    while time.perf_counter() < end:
        record = await attend(server, "lesson", sessions, min(60.0, end - time.perf_counter()), 10)
        lessons, errors = lessons + 1, errors + len(record.errors)
    watcher.cancel()
    late = found[len(found) // 2 :]
    print(f"\n{sessions} sessions at a time, a new class every minute, {lessons} classes, {errors} errors.")
    print(f"Memory, MiB: {found[0]:.0f} after 10 s, {statistics.median(found):.0f} median, {found[-1]:.0f} at the end.")
    if len(late) > 2:
        slope = statistics.linear_regression(range(len(late)), late).slope * 6
        print(f"In the second half it grew by {slope:.1f} MiB a minute.")


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long a class stays")
    parser.add_argument("--ramp", type=float, default=10.0, help="seconds in which a class comes in")
    parser.add_argument("--quick", action="store_true", help="20 sessions, 15 seconds")
    parser.add_argument("--find", action="store_true", help="how many sessions until p95 passes a second")
    parser.add_argument("--abusers", type=int, default=0, help="clients that ask for the heaviest runs")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="watch the memory instead")
    parser.add_argument("--own", action="store_true", help="only the second class")
    parser.add_argument("--port", type=int, help="the port of the server that is started")
    parser.add_argument("--url", help="a server that runs already")
    asked = parser.parse_args()
    if asked.quick:
        asked.sessions, asked.seconds = 20, 15.0
    given = Server(asked.url, None) if asked.url else None
    if asked.soak:
        with contextlib.ExitStack() as stack:
            asyncio.run(soak(given or stack.enter_context(serving(asked.port)), asked.sessions, asked.soak))
        return
    table()
    for link in list(LINKS)[asked.own :]:
        if asked.find:
            find(link, min(asked.seconds, 30.0), given)
            continue
        with contextlib.ExitStack() as stack:
            server = given or stack.enter_context(serving(asked.port))
            measure(server, link, asked.sessions, asked.seconds, asked.ramp, asked.abusers)


if __name__ == "__main__":
    main()
