"""The students of the classroom benchmark get along with the app as it is: each habit, for some seconds."""

import asyncio
import time

from benchmarks.students import HABITS, Record, student
from tests.asynchronous import run
from tests.browser.app import running


def test_each_habit_without_an_error():
    record = Record()

    async def lesson(url):
        until = time.perf_counter() + 6
        numbers = [HABITS.index(habit) for habit in dict.fromkeys(HABITS)]
        await asyncio.gather(*(student(n, url, f"v=1&seed={n}", record, 0, until) for n in numbers))

    with running() as url:
        run(lesson(url))
    assert record.errors == []
    assert len(record.starts) >= 4
    assert len(record.reruns) >= 4
    assert len(record.slices) >= 8
    assert record.received > 0 < record.loaded
