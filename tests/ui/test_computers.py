"""Processes that work out answers: the same bits as here, and nothing lost when one of them dies."""

import asyncio
import io
import os
import signal
import sys
import time

import numpy as np
import pytest

from engine import TABLES, Experiment, Points, SetLearningRate
from tests.asynchronous import run
from ui.runs import BUSY
from ui.stage import computers, server
from ui.stage.answers import answering
from ui.stage.computers import (
    ANSWERED,
    ASKED,
    FAILED,
    NO_MORE,
    PACKED,
    PLAIN,
    Computers,
    ShortestFirst,
    cores,
    serve,
    start_of,
)
from ui.workers import finish

QUERY = "_from=2&_count=9&_stride=3&_sample=1&_losses=2&v=1&hidden=tanh"
HEAVY = "_from=90000&_count=400&v=1&data=moons&n=2000&sizes=2-18-18-14-1&opt=adam"
LONG = 30


def asking(todo, number=2):
    """What `todo` returns, of processes that are stopped after it."""

    async def all_of_it():
        asked = Computers(number)
        try:
            return await asyncio.wait_for(todo(asked), 4 * LONG)
        finally:
            await asked.stop()

    return run(all_of_it())


def test_another_process_answers_the_same_bytes():
    async def todo(asked):
        return await asyncio.gather(*(asked.ask(QUERY, packed) for packed in (False, True)))

    assert asking(todo) == [finish(answering(QUERY, packed)) for packed in (False, True)]


def test_what_cannot_be_asked_is_said():
    async def todo(asked):
        return await asked.ask("_from=x", True)

    assert asking(todo) == finish(answering("_from=x", True))


def test_when_a_process_dies_what_is_short_is_asked_again_first():
    async def todo(asked):
        (computer,) = asked.each
        await asked.ask("_from=x", True)
        long = [asyncio.create_task(asked.ask(f"{HEAVY}&seed={i}", True)) for i in range(3)]
        short = [asyncio.create_task(asked.ask(query, True)) for query in (QUERY, "_from=x")]
        while len(computer._waiting) < 5:  # all are asked, and none is answered yet
            await asyncio.sleep(0)
        first = computer.process
        first.kill()
        found = await asyncio.gather(*short)
        assert computer.process is not first
        assert not any(task.done() for task in long)
        for task in long:
            task.cancel()
        return found

    assert asking(todo, 1) == [finish(answering(query, True)) for query in (QUERY, "_from=x")]


def test_what_is_computed_for_a_while_was_not_to_blame(monkeypatch):
    monkeypatch.setattr(computers, "ALONE", 0.0)

    async def todo(asked):
        (computer,) = asked.each
        await asked.ask("_from=x", True)
        both = [asyncio.create_task(asked.ask(f"_from=30000&_count=9&v=1&seed={i}", True)) for i in range(2)]
        await asyncio.sleep(0.05)
        computer.process.kill()
        return await asyncio.gather(*both)

    assert [answer.status for answer in asking(todo, 1)] == [200, 200]


def test_whoever_has_least_to_do_has_a_turn_next():
    async def todo():
        turns, had = ShortestFirst(), []

        async def one(seconds):
            async with turns.turn(seconds):
                await asyncio.sleep(0)
                had.append(seconds)

        asked = [asyncio.create_task(one(seconds)) for seconds in (3, 1, 4, 2)]
        await asyncio.sleep(0)
        asked[0].cancel()
        asked.append(asyncio.create_task(one(0)))
        await asyncio.gather(*asked, return_exceptions=True)
        await one(5)
        return had

    assert run(todo()) == [1, 0, 2, 4, 5]


@pytest.mark.parametrize(("written", "most"), [("150000 100000", 1), ("50000 100000", 1), ("max 100000", 64), ("", 64)])
def test_a_container_has_as_many_cores_as_it_may_use(tmp_path, monkeypatch, written, most):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    (tmp_path / "cpu.max").write_text(written)
    assert cores(tmp_path / "cpu.max") == most
    assert cores(tmp_path / "none") == 64


def test_where_memory_is_short_it_is_said_and_asked_again(monkeypatch, capsys):
    def too_large(query, packed):
        yield 0.0
        raise MemoryError

    monkeypatch.setattr(computers, "answering", too_large)
    wire = Wire(ASKED.pack(1, PLAIN, len(QUERY)) + QUERY.encode(), answers=1)
    serve(wire, wire)
    assert answers(wire.sent)[1] == (429, False, BUSY.encode())
    assert "MemoryError" in capsys.readouterr().err


DEADLY = """
import os, sys
from ui.stage import computers
whole = computers.answering
computers.answering = lambda query, packed: os._exit(9) if "deadly" in query else whole(query, packed)
computers.main()
"""


def test_a_deadly_question_is_given_up_and_the_others_are_answered(monkeypatch):
    monkeypatch.setattr(computers, "COMMAND", [sys.executable, "-c", DEADLY])

    async def todo(asked):
        queries = [QUERY, "_from=1&deadly=1&v=1", QUERY.replace("tanh", "relu"), QUERY.replace("9", "7")]
        found = await asyncio.gather(*(asked.ask(query, False) for query in queries))
        (computer,) = asked.each
        process = computer.process
        assert await asked.ask(queries[1], False) == FAILED  # not asked again
        assert computer.process is process
        return found

    good, deadly, *others = asking(todo, 1)
    assert deadly == FAILED
    assert [answer.status for answer in (good, *others)] == [200, 200, 200]


def test_where_processes_die_at_once_the_server_computes(monkeypatch):
    monkeypatch.setattr(computers, "COMMAND", [sys.executable, "-c", "import sys; sys.stdin.buffer.read(1)"])
    monkeypatch.setattr(server, "COMPUTERS", Computers(1))

    async def todo():
        found = await asyncio.gather(*(server.computed(QUERY, True) for _ in range(3)))
        await server.COMPUTERS.stop()
        return found

    assert run(todo()) == [finish(answering(QUERY, True))] * 3


def test_a_process_that_hangs_is_replaced(monkeypatch):
    kill = computers._kill

    def killed(process):
        monkeypatch.setattr(computers, "PATIENT", LONG)  # the next may take its time to begin
        kill(process)

    async def todo(asked):
        (computer,) = asked.each
        first = await computer.start()
        assert (await asked.ask(QUERY, True)).status == 200
        monkeypatch.setattr(computers, "_kill", killed)
        monkeypatch.setattr(computers, "SILENT", 0.5)
        monkeypatch.setattr(computers, "PATIENT", 1.0)
        first.send_signal(signal.SIGSTOP)
        found = await asked.ask(QUERY, True)
        assert computer.process is not first
        return found

    assert asking(todo, 1) == finish(answering(QUERY, True))


def test_one_that_computes_for_long_is_left_in_peace(monkeypatch):
    async def todo(asked):
        (computer,) = asked.each
        first = await computer.start()
        await asked.ask("_from=x", True)
        monkeypatch.setattr(computers, "SILENT", 0.05)
        found = await asked.ask(HEAVY.replace("90000", "60").replace("400", "1"), True)
        assert computer.process is first
        return found

    assert asking(todo, 1).status == 200


def test_what_is_printed_on_the_way_is_no_answer(monkeypatch):
    noisy = "print('hello', flush=True); from ui.stage.computers import main; print('there'); main()"
    monkeypatch.setattr(computers, "COMMAND", [sys.executable, "-c", noisy])

    async def todo(asked):
        return await asked.ask(QUERY, True)

    assert asking(todo, 1) == finish(answering(QUERY, True))


def test_where_no_process_can_be_started_the_server_computes(monkeypatch):
    monkeypatch.setattr(computers, "COMMAND", ["/nowhere/python"])
    monkeypatch.setattr(server, "COMPUTERS", Computers(1))
    assert run(server.computed(QUERY, True)) == finish(answering(QUERY, True))


def test_a_table_in_the_servers_memory_is_computed_there(monkeypatch):
    monkeypatch.setattr(TABLES, "folder", None)
    points = Points(np.random.default_rng(5).normal(size=(300, 3)).round(3) * [1, 1, 0])
    name = TABLES.keep(points)
    monkeypatch.setattr(server, "COMPUTERS", Computers(1))

    async def todo():
        query = f"_from=0&_count=3&{Experiment(dataset='custom', points=points, sizes=(2, 4, 1)).to_query()}"
        assert name in query
        try:
            return await server.COMPUTERS.ask(query, False), await server.computed(query, False)
        finally:
            await server.COMPUTERS.stop()

    there, here = run(todo())
    assert (there.status, here.status) == (404, 200)


def answers(sent):
    """{number: (status, packed, body)} of what was written."""
    found = {}
    while sent:
        number, status, packed, size = ANSWERED.unpack_from(sent)
        found[number] = status, packed, sent[ANSWERED.size : ANSWERED.size + size]
        sent = sent[ANSWERED.size + size :]
    return found


class Wire(io.RawIOBase):
    """Questions that end only once so many answers were written."""

    def __init__(self, questions, answers):
        self.questions, self.answers, self.sent, self.count = io.BytesIO(questions), answers, b"", 0

    def read(self, size=-1):
        found = self.questions.read(size)
        end = time.monotonic() + LONG
        while size and not found and self.count < self.answers and time.monotonic() < end:
            time.sleep(0.01)
        return found

    def write(self, data):
        self.sent, self.count = self.sent + bytes(data), self.count + 1
        return len(data)


def test_who_is_gone_is_computed_for_no_longer():
    questions = [(1, PLAIN, HEAVY), (1, NO_MORE, ""), (7, NO_MORE, ""), (2, PACKED, QUERY), (3, PLAIN, "_count=x")]
    wire = Wire(b"".join(ASKED.pack(n, kind, len(q)) + q.encode() for n, kind, q in questions), answers=2)
    serve(wire, wire)
    found = answers(wire.sent)
    assert sorted(found) == [2, 3]
    assert found[2] == (200, True, finish(answering(QUERY, True)).body)
    assert found[3][0] == 400


def test_an_error_ends_one_answer_and_not_the_process(monkeypatch, capsys):
    def either(query, packed):
        yield 0.0
        if query == "bad":
            raise RuntimeError("for the log")
        return (yield from answering(query, packed))

    monkeypatch.setattr(computers, "answering", either)
    wire = Wire(b"".join(ASKED.pack(n, PLAIN, len(q)) + q.encode() for n, q in enumerate(("bad", QUERY))), answers=2)
    serve(wire, wire)
    found = answers(wire.sent)
    assert found[0] == (500, False, FAILED.body)
    assert found[1][0] == 200
    assert "for the log" in capsys.readouterr().err


@pytest.mark.parametrize("change", [(), (SetLearningRate(at=40, value=0.5),)])
def test_runs_that_begin_alike_are_computed_by_the_same_process(change):
    plain = Experiment(seed=3)
    branched = Experiment(seed=3, interventions=change)
    assert start_of(f"_from=9&_sample=2&{branched.to_query()}") == start_of(f"_from=0&{plain.to_query()}")


def test_a_class_is_spread_over_the_processes():
    found = [start_of(Experiment(seed=seed).to_query()) % 2 for seed in range(1000)]
    assert 450 < sum(found) < 550
