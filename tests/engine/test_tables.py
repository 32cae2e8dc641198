"""Tables of one's own data: their names, where they are kept, their split, and links that name them."""

import errno
import hashlib
import os
import pickle
import struct
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import TABLES, Experiment, Points, Tables
from engine.query import UNKNOWN_TABLE
from engine.tables import MOST_ROWS, split


def rows(n, width, seed=0):
    return np.random.default_rng(seed).normal(size=(n, width))


def big(n=300, inputs=2, outputs=1, seed=0, **changes):
    """An experiment whose points do not fit in a link."""
    table = rows(n, inputs + outputs, seed)
    table[:, inputs:] = np.eye(outputs)[np.arange(n) % outputs] if outputs > 1 else (np.arange(n) % 2)[:, None]
    kind = {"output": "softmax", "loss": "cce"} if outputs > 1 else {}
    return Experiment(
        **{"dataset": "custom", "points": Points(table), "sizes": (inputs, 4, outputs), **kind, **changes}
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The tables of this process with a folder of their own and nothing in memory."""
    monkeypatch.setattr(TABLES, "folder", tmp_path / "tables")
    monkeypatch.setattr(TABLES, "_kept", Tables()._kept)
    monkeypatch.setattr(TABLES, "_added", None)
    monkeypatch.setattr(TABLES, "trouble", None)
    return tmp_path / "tables"


def test_points_are_the_tuple_of_their_rows():
    written = ((0.0, 1.0, 1.0), (0.5, -2.0, 0.0))
    points = Points(written)
    assert points == written and written == points and hash(points) == hash(written)
    assert tuple(points) == written and len(points) == 2
    assert points[1] == written[1] and points[-1:] == written[1:]
    assert repr(points) == repr(written)
    assert points == Points(np.array(written)) and points != Points(((0.0, 1.0, 1.0), (0.5, -2.0, 0.5)))
    assert pickle.loads(pickle.dumps(points)) == points
    assert not points.array.flags.writeable


def test_a_name_says_the_numbers_and_their_shape():
    points = Points(((0.0, 1.0), (2.0, 3.0)))
    assert points.name == Points(((-0.0, 1), (2, 3))).name  # equal numbers, equal name
    others = [((0.0, 1.0, 2.0, 3.0),), ((2.0, 3.0), (0.0, 1.0)), ((0.0, 1.0), (2.0, np.nextafter(3.0, 4.0)))]
    assert len({points.name, *(Points(other).name for other in others)}) == 4
    by_hand = hashlib.sha256(b"2 2 " + struct.pack("<4d", 0.0, 1.0, 2.0, 3.0))
    assert points.name == by_hand.hexdigest()[:32]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ((), "0 rows"),
        (((1.0,),), "2 to 64"),
        (((1.0, 2.0), (1.0,)), "all as long"),
        (np.zeros((2001, 2)), "2000"),
        (np.full((2, 2), np.nan), "finite"),
        (((1.0, 2e6),), "rescale"),
        (((1.0, "2"),), "number"),
        ("abc", "sequence"),
        (np.zeros((2, 65)), "64"),
    ],
)
def test_what_is_no_table_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        Points(wrong)


@given(st.integers(1, 300), st.floats(0, 0.9), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_a_split_parts_the_rows_in_two(n, share, seed):
    train, test = split(n, share, seed)
    assert sorted([*train, *test]) == list(range(n))
    assert len(test) == min(round(share * n), n - 1)
    assert list(train) == sorted(train) and list(test) == sorted(test)
    assert all(map(np.array_equal, (train, test), split(n, share, seed)))


def test_without_a_test_share_points_are_what_they_always_were():
    """Links made before points could be split have neither key, and list their rows in the order of training."""
    e, said = Experiment.from_query("v=1&data=custom&pts=3_1_0~1_2_1~2_3_0")
    assert said == []
    assert e.data()[0].tolist() == [[3, 1], [1, 2], [2, 3]] and e.test_data() is None
    assert replace(e, data_seed=7) == e  # a seed of nothing means nothing
    parted = replace(e, test_share=0.34, data_seed=7)
    assert len(parted.data()[0]) == 2 and len(parted.test_data()[0]) == 1
    assert replace(parted, data_seed=8) != parted
    assert Experiment.from_query(parted.to_query()) == (parted, [])


def test_small_points_travel_in_the_link_and_large_ones_by_name():
    small, large = big(200), big(201)
    assert small.table is None and "pts=" in small.to_query() and "table=" not in small.to_query()
    assert large.table == large.points.name and f"table={large.table}" in large.to_query()
    assert len(large.to_query()) < 120
    assert big(100, inputs=20).table is not None  # more than 2,000 numbers
    for e in (small, large):
        assert Experiment.from_query(e.to_query()) == (e, [])


@given(st.integers(1, 20), st.integers(1, 5), st.integers(2, 2000), st.sampled_from([0.0, 0.3]), st.integers(0, 99))
@settings(deadline=None, max_examples=25)
def test_any_table_comes_back_by_its_link(inputs, outputs, n, share, seed):
    e = big(n, inputs, outputs, seed, test_share=share, data_seed=seed)
    assert Experiment.from_query(e.to_query()) == (e, [])
    assert len(e.data()[0]) + (len(e.test_data()[0]) if e.test_data() else 0) == n
    assert e.kind == ("classes" if outputs > 1 else "binary")


def test_the_largest_experiment_runs_and_its_record_is_bounded():
    e = big(MOST_ROWS, 20, 10, sizes=(20, 16, 10), test_share=0.25, optimizer="adam")
    history = e.run(3)
    assert history.diverged is None and np.isfinite(history.losses).all()
    width = history.parameters.shape[1] + 1
    memory = 2 * width / 16  # Adam's two, every 16 iterations
    assert 8 * (width + memory) * e.limit() <= 64 * 2**20
    assert e.limit() >= 10_000


@pytest.mark.parametrize("name", ["0" * 32, "", "xyz", "../../etc/passwd", "0" * 31 + "/", "A" * 32, "0" * 5000, "%00"])
def test_a_table_that_is_not_here_gets_one_sentence(folder, name):
    e, said = Experiment.from_query(f"v=1&data=custom&table={name}&sizes=2-9-1&lr=3")
    assert e == Experiment()
    assert said == [UNKNOWN_TABLE]


def test_a_restarted_server_finds_the_table_in_its_folder(folder):
    e = big(1000, 5, 3)
    query = e.to_query()
    TABLES._kept = Tables()._kept
    assert Experiment.from_query(query) == (e, [])
    assert [p.name for p in folder.iterdir()] == [f"{e.table}.npy"]
    TABLES._kept = Tables()._kept
    TABLES.folder = None
    assert Experiment.from_query(query)[1] == [UNKNOWN_TABLE]


def test_a_spoilt_file_is_not_believed(folder):
    mine, other = big(250), big(250, seed=1)
    mine.to_query(), other.to_query()
    path = folder / f"{mine.table}.npy"
    good = path.read_bytes()
    hostile = {
        "other numbers": (folder / f"{other.table}.npy").read_bytes(),
        "cut short": good[:-8],
        "empty": b"",
        "rubbish": b"\x93NUMPY" + bytes(200),
        "an object": pickle.dumps(os.getcwd),
        "a huge shape": good.replace(b"(250, 3), }      ", b"(999999999, 99), }"),
        "a negative shape": good.replace(b"(250, 3)", b"(-25, 3)"),
        "an archive": b"PK\x03\x04" + bytes(500),
        "a header that nests": good[:10] + b"(" * 118 + good[128:],
        "endless": good * 200,
    }
    for what, content in hostile.items():
        TABLES._kept = Tables()._kept
        path.write_bytes(content)
        assert TABLES.find(mine.table) is None, what
    path.write_bytes(good)
    assert TABLES.find(mine.table) == mine.points


def test_both_stores_are_bounded_and_drop_the_oldest(tmp_path):
    tables = Tables(tmp_path, memory=3 * 24_000, disk=5 * 24_200 * 16 // 15)
    kept = [Points(rows(1000, 3, seed)) for seed in range(8)]
    for age, points in enumerate(kept):
        tables.keep(points)
        os.utime(tmp_path / f"{points.name}.npy", (age, age))
    assert tables.nbytes <= 3 * 24_000
    assert {p.stem for p in tmp_path.iterdir()} == {points.name for points in kept[-5:]}
    assert [tables.find(points.name) is not None for points in kept] == [False] * 3 + [True] * 5


def test_a_folder_that_cannot_be_written_to_costs_nothing(tmp_path):
    (tmp_path / "file").write_text("in the way")
    tables = Tables(tmp_path / "file" / "below")
    points = Points(rows(300, 3))
    assert tables.find(tables.keep(points)) is points


def test_many_threads_keep_and_find_at_once(tmp_path):
    tables = Tables(tmp_path, memory=2 * 24_000)
    kept = [Points(rows(1000, 3, seed)) for seed in range(6)]
    wrong = []

    def work(turn):
        for i in range(40):
            points = kept[(turn + i) % 6]
            if tables.find(tables.keep(points)) != points:
                wrong.append(points.name)

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [] and not list(tmp_path.glob("*.part"))


def test_what_is_spoilt_is_written_anew(folder):
    e = big(250)
    e.to_query()
    path = folder / f"{e.table}.npy"
    good = path.read_bytes()
    path.write_bytes(b"PK")
    TABLES._kept = Tables()._kept
    e.to_query()
    assert path.read_bytes() == good


def test_a_pipe_or_a_folder_of_that_name_is_no_table(folder):
    e, other = big(250), big(250, seed=1)
    folder.mkdir()
    os.mkfifo(folder / f"{e.table}.npy")
    (folder / f"{other.table}.npy").mkdir()
    assert TABLES.find(e.table) is TABLES.find(other.table) is None
    e.to_query()
    assert Tables(folder).find(e.table) == e.points  # in the pipe's place
    assert TABLES.trouble is None
    other.to_query()
    assert "Save the data" in TABLES.trouble
    assert TABLES.find(other.table) == other.points  # in memory


def test_a_table_is_found_in_a_folder_that_is_only_read(folder, monkeypatch):
    e = big(250)
    query = e.to_query()
    TABLES._kept = Tables()._kept

    def refused(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "utime", refused)
    assert Experiment.from_query(query) == (e, [])


def test_on_a_full_disk_the_oldest_make_room_and_otherwise_it_is_said(tmp_path, monkeypatch):
    room, whole = 3 * 24_128, os.replace

    def replaced(draft, path):
        if sum(file.stat().st_size for file in tmp_path.iterdir()) > room:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(draft, path)

    monkeypatch.setattr(os, "replace", replaced)
    tables = Tables(tmp_path)
    kept = [Points(rows(1000, 3, seed)) for seed in range(5)]
    for points in kept:
        tables.keep(points)
    assert tables.trouble is None
    assert {file.stem for file in tmp_path.iterdir()} == {points.name for points in kept[-3:]}
    room = 0
    tables.keep(Points(rows(1000, 3, 9)))
    assert "No space left on device" in tables.trouble
    assert not list(tmp_path.glob("*.part"))


def test_a_clock_that_is_put_back_does_not_make_new_tables_the_oldest(tmp_path, monkeypatch):
    kept = [Points(rows(1000, 3, seed)) for seed in range(6)]
    for points in kept[:4]:
        Tables(tmp_path).keep(points)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 86_400)
    tables = Tables(tmp_path, disk=4 * 24_200 * 16 // 15)
    for points in kept[4:]:
        tables.keep(points)
    assert {file.stem for file in tmp_path.iterdir()} == {points.name for points in kept[2:]}


def test_a_full_folder_is_not_looked_through_each_time(tmp_path, monkeypatch):
    looked, scan = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looked.append(path) or scan(path))
    tables = Tables(tmp_path, disk=2**20)
    for seed in range(100):
        tables.keep(Points(rows(201, 2, seed)))
    assert len(looked) < 10
